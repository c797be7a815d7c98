import assert from "node:assert/strict"
import { test } from "node:test"
import { startBench } from "../testing/try-command.ts"
import { knownVariables, unknownVariables } from "./unknown-variables.ts"

test("a misspelt variable of ours is found, in whatever form a known one is let pass", () => {
  const values = Object.fromEntries(knownVariables.flatMap((name) => [name, `${name}_FILE`]).map((name) => [name, "x"]))
  assert.ok(knownVariables.includes("WECOM_PUSH_KEY") && knownVariables.includes("WECOM_PUSH_RETENTION_DAYS"))
  assert.deepEqual(unknownVariables(values), [])
  assert.deepEqual(unknownVariables({ ...values, WECOM_PUSH_DATABSE_URL: "x", WECOM_CORP: "x", HOME: "x" }), [
    "WECOM_PUSH_DATABSE_URL",
  ])
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
