import assert from "node:assert/strict"
import { test } from "node:test"
import { startBench } from "../testing/try-command.ts"
import { gatewaySettings, settingNames, settings } from "./settings.ts"
import { unknownVariables } from "./unknown-variables.ts"

test("a misspelt variable of ours is found; a known one never, nor its name with _FILE", () => {
  const known = [...settingNames.flatMap((name) => settings[name].environment), ...Object.values(gatewaySettings)]
  const values = Object.fromEntries(known.flatMap((name) => [name, `${name}_FILE`]).map((name) => [name, "x"]))
  assert.ok("WECOM_PUSH_KEY" in values && "WECOM_PUSH_RETENTION_DAYS" in values && "WECOM_APP_SECRET" in values)
  assert.deepEqual(unknownVariables(values), [])
  assert.deepEqual(unknownVariables({ ...values, WECOM_PUSH_DATABSE_URL: "x", HOME: "x" }), [
    { name: "WECOM_PUSH_DATABSE_URL", meant: ["WECOM_PUSH_DATABASE_URL"] },
  ])
})

test("of the names that begin with WECOM_ only, those similar to a setting are found: other programs have such names too", () => {
  assert.deepEqual(unknownVariables({ WECOM_BASE_URL: "x", WECOM_CORPSECRET: "x", WECOM_CALLBACK_TOKEM: "x" }), [
    { name: "WECOM_BASE_URL", meant: ["WECOM_API_BASE_URL"] },
    { name: "WECOM_CORPSECRET", meant: ["WECOM_CORP_SECRET"] },
    { name: "WECOM_CALLBACK_TOKEM", meant: ["WECOM_CALLBACK_TOKEN"] },
  ])
  const others = [
    "WECOM_CORP",
    "WECOM_TOKEN",
    "WECOM_USER",
    "WECOM_TO_USER",
    "WECOM_WEBHOOK_KEY",
    "WECOM_CHAT_ID",
    "WECOMAPP",
  ]
  assert.deepEqual(unknownVariables(Object.fromEntries(others.map((name) => [name, "x"]))), [])
})

// proves 10.8: exit codes, keys, small things
test("what Kubernetes puts beside a service of our name is none of ours", () => {
  const values = {
    WECOM_PUSH_PORT: "tcp://10.0.0.1:7788",
    WECOM_PUSH_PORT_7788_TCP: "tcp://10.0.0.1:7788",
    WECOM_PUSH_PORT_7788_TCP_ADDR: "10.0.0.1",
    WECOM_PUSH_PORT_7788_TCP_PORT: "7788",
    WECOM_PUSH_PORT_7788_TCP_PROTO: "tcp",
    WECOM_PUSH_SERVICE_HOST: "10.0.0.1",
    WECOM_PUSH_SERVICE_PORT: "7788",
    WECOM_PUSH_SERVICE_PORT_HTTP: "7788",
    WECOM_PUSH_GATEWAY_SERVICE_HOST: "10.0.0.1",
  }
  assert.deepEqual(unknownVariables(values), [])
})

// proves 10.8: exit codes, keys, small things
test("a command warns of a variable that is not read, in the environment and in .env, and does its work all the same", async () => {
  await using bench = await startBench()
  await bench.file(".env", "WECOM_PUSH_RETENTION=7\n")
  const env = { WECOM_PUSH_MASTERKEY: "x", WECOM_PUSH_COLOUR: "x" }
  const { code, stderr } = await bench.run(["lookup", "--mobile", "13800000001"], { env })
  assert.equal(code, 0, stderr)
  assert.match(
    stderr,
    /warning: WECOM_PUSH_MASTERKEY \(environment\) is not read: there is no such setting\. Did you mean WECOM_PUSH_MASTER_KEY\?/,
  )
  assert.match(stderr, /warning: WECOM_PUSH_RETENTION \(\.env\) is not read.*Did you mean WECOM_PUSH_RETENTION_DAYS\?/)
  // A list of all would hide the one that is wrong.
  assert.match(stderr, /warning: WECOM_PUSH_COLOUR \(environment\) is not read.*Correct or remove it/)
})

test("a line of .env with a colon in the place of = is named, for its variable is not set", async () => {
  await using bench = await startBench()
  await bench.file(
    ".env",
    "# WECOM_CORP_ID: a comment\nWECOM_AGENT_ID: 1000002\nexport WECOM_API_BASE_URL : http://127.0.0.1:1\nOTHER: x\n",
  )
  const { code, stderr } = await bench.run(["lookup", "--mobile", "13800000001"])
  assert.equal(code, 0, stderr)
  assert.match(
    stderr,
    /warning: \.env, line 2: WECOM_AGENT_ID is not read: write WECOM_AGENT_ID=…, with = in the place of the colon/,
  )
  assert.match(stderr, /warning: \.env, line 3: WECOM_API_BASE_URL is not read/)
  assert.doesNotMatch(stderr, /WECOM_CORP_ID|OTHER|line [14]/)
})

test("a variable with a similar name to a setting of WeCom's is named as well", async () => {
  await using bench = await startBench()
  const { code, stderr } = await bench.run(["lookup", "--mobile", "13800000001"], {
    env: { WECOM_BASE_URL: "http://127.0.0.1:1" },
  })
  assert.equal(code, 0, stderr)
  assert.match(stderr, /warning: WECOM_BASE_URL \(environment\) is not read.*Did you mean WECOM_API_BASE_URL\?/)
})
