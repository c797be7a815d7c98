import assert from "node:assert/strict"
import { test } from "node:test"
import { startGatewayBench } from "./testing/gateway-bench.ts"
import { startBench } from "./testing/try-command.ts"
import type { Bench, Ran } from "./testing/try-command.ts"

/** None by the numbering rules, and a member's all the same. */
const ODD = "+85212345678"

async function addOdd(bench: Bench): Promise<void> {
  const org = (await bench.control("GET", "org")) as { members: object[] }
  const members = [...org.members, { userid: "odd", name: "怪", mobile: ODD, departments: [2] }]
  await bench.control("PUT", "org", { ...org, members })
}

const outcomesOf = ({ json }: Ran) => json.recipients.map(({ state, userid, reason }) => [state, userid, reason])
const asked = async (bench: Bench): Promise<number> => (await bench.calls("user/getuserid")).length

// proves 11.B22: numbers that the rules refuse
test("send refuses a number that the rules call impossible and says the way round, in both languages", async () => {
  await using bench = await startBench()
  await addOdd(bench)
  for (const lang of ["en", "zh"]) {
    const ran = await bench.run(["send", "--mobile", ODD, "--text", "x", "--lang", lang])
    assert.equal(ran.code, 1)
    assert.match(ran.stderr, /--mobile-check length/)
  }
  assert.equal(await asked(bench), 0)
})

// proves 11.B22: numbers that the rules refuse
test("send --mobile-check length asks WeCom for any number of 5 to 32 bytes, also those of a list and for a dry run", async () => {
  await using bench = await startBench()
  await addOdd(bench)
  const list = await bench.file("people.txt", `${ODD}  # odd\n12345\n1234\n`)
  const argv = ["send", "--json", "--mobiles-from", list, "--text", "x", "--mobile-check", "length"]
  const expected = [
    ["sent", "odd", null],
    ["not_found", null, "no_visible_member"],
    ["invalid", null, "malformed_mobile"],
  ]
  const dry = await bench.run([...argv, "--dry-run"])
  assert.equal(outcomesOf(dry)[0]?.[0], "planned")
  const ran = await bench.run([...argv, "--fresh"])
  assert.deepEqual([ran.code, outcomesOf(ran)], [1, expected])
  const strict = await bench.run(["send", "--json", "--mobile", ODD, "--text", "x", "--mobile-check", "strict"])
  assert.deepEqual(outcomesOf(strict), [["invalid", null, "impossible_mobile"]])
})

test("lookup and doctor take it too", async () => {
  await using bench = await startBench()
  await addOdd(bench)
  const refused = await bench.run(["lookup", "--mobile", ODD])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /--mobile-check length/)
  const ran = await bench.run(["lookup", "--mobile", ODD, "--mobile-check", "length"])
  assert.deepEqual([ran.code, ran.stdout], [0, "odd\n"])
  assert.equal((await bench.run(["doctor", "--mobile", ODD])).code, 3)
  assert.equal((await bench.run(["doctor", "--mobile", ODD, "--mobile-check", "length"])).code, 0)
})

test("another word for it is exit 2 and names those there are", async () => {
  await using bench = await startBench()
  for (const command of [["send", "--text", "x"], ["lookup"], ["doctor"]]) {
    const ran = await bench.run([...command, "--mobile", ODD, "--mobile-check", "none", "--json"])
    assert.equal(ran.code, 2)
    const [fault] = ran.json.error?.faults ?? []
    assert.equal(fault?.path, "--mobile-check")
    assert.match(fault.message, /strict, length/)
  }
})

// proves 11.B22: numbers that the rules refuse
test("through a gateway it goes along, and an app can have it as its setting", async () => {
  await using bench = await startGatewayBench()
  await addOdd(bench)
  const send = ["send", "--json", "--mobile", ODD, "--text", "x"]
  const lookup = ["lookup", "--mobile", ODD]
  const doctor = ["doctor", "--mobile", ODD]
  assert.deepEqual(outcomesOf(await bench.run(send)), [["invalid", null, "impossible_mobile"]])
  assert.match((await bench.run(["send", "--mobile", ODD, "--text", "x"])).stderr, /--mobile-check length/)
  assert.match((await bench.run(lookup)).stderr, /mobile_check/)
  assert.equal((await bench.run(doctor)).code, 3)
  assert.equal(await asked(bench), 0)

  const length = ["--mobile-check", "length"]
  assert.deepEqual(outcomesOf(await bench.run([...send, ...length])), [["sent", "odd", null]])
  assert.equal((await bench.run([...lookup, ...length])).stdout, "odd\n")
  assert.equal((await bench.run([...doctor, ...length])).code, 0)

  assert.equal((await bench.run(["apps", "update", "alerts", "--set", "mobile_check=length"])).code, 0)
  assert.deepEqual(outcomesOf(await bench.run(send)), [["sent", "odd", null]])
  assert.equal((await bench.run(lookup)).stdout, "odd\n")
  assert.equal((await bench.run(doctor)).code, 0)
  assert.deepEqual(outcomesOf(await bench.run([...send, "--mobile-check", "strict"]))[0]?.[0], "invalid")
})
