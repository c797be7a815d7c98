import assert from "node:assert/strict"
import { test } from "node:test"
import { text } from "../builders.ts"
import { rejected } from "../testing/rejected.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"
import type { SimulatedWeCom } from "../testing/simulated-wecom.ts"
import { explainReason } from "@wecom-push/protocol/delivery"

/** The numbering rules call both impossible; a member has only one of them. */
const [ODD, STRANGE] = ["+85212345678", "12345"]

async function withOddNumber(options: Parameters<typeof simulatedWeCom>[0] = {}): Promise<SimulatedWeCom> {
  const sim = await simulatedWeCom(options)
  await sim.org(({ members }) => members.push({ userid: "odd", name: "怪", mobile: ODD, departments: [2] }))
  return sim
}

const asked = async (sim: SimulatedWeCom): Promise<readonly unknown[]> =>
  (await sim.calls("user/getuserid")).map(({ body }) => body["mobile"])

// proves 11.B22: numbers that the rules refuse
test("a number that the rules call impossible is invalid, with the way round, and WeCom is not asked", async () => {
  await using sim = await withOddNumber()
  const { recipients } = await sim.wecom.send({ mobiles: [ODD, STRANGE, "1234", "13800000001"] }, text("a"))
  assert.deepEqual(
    recipients.map(({ state, reason }) => [state, reason]),
    [
      ["invalid", "impossible_mobile"],
      ["invalid", "impossible_mobile"],
      ["invalid", "malformed_mobile"],
      ["sent", undefined],
    ],
  )
  for (const language of ["en", "zh"] as const) {
    const sentence = explainReason("impossible_mobile", language)
    for (const way of ['mobileCheck: "length"', "--mobile-check length", '"mobile_check": "length"'])
      assert.ok(sentence.includes(way), way)
  }
  assert.deepEqual(await asked(sim), ["13800000001"])
  assert.match((await rejected(sim.wecom.useridByMobile(ODD))).message, /mobileCheck: "length"/)
})

for (const many of [false, true]) {
  // proves 11.B22: numbers that the rules refuse
  test(`with mobileCheck "length" WeCom is asked for any number of 5 to 32 bytes, ${many ? "sendToMany" : "send"}`, async () => {
    await using sim = await withOddNumber()
    const to = { mobiles: ["+852 1234 5678", STRANGE, "1234", "x".repeat(32), "1".repeat(33)] }
    const options = { mobileCheck: "length" } as const
    const { recipients } = await (many
      ? sim.wecom.sendToMany(to, text("a"), options)
      : sim.wecom.send(to, text("a"), options))
    assert.deepEqual(
      recipients.map(({ state, reason, errcode, userid }) => [state, reason, errcode, userid]),
      [
        ["sent", undefined, 0, "odd"],
        ["not_found", "no_visible_member", 46004, undefined],
        ["invalid", "malformed_mobile", undefined, undefined],
        ["invalid", "malformed_mobile", 60103, undefined],
        ["invalid", "malformed_mobile", undefined, undefined],
      ],
    )
    assert.deepEqual(new Set(await asked(sim)), new Set([ODD, STRANGE, "x".repeat(32)]))
  })
}

// proves 11.B22: numbers that the rules refuse
test("it may be said for all calls of a client, and otherwise for one of them", async () => {
  await using sim = await withOddNumber({ mobileCheck: "length" })
  assert.equal(await sim.wecom.useridByMobile(ODD), "odd")
  const { people } = await sim.wecom.lookUp([{ type: "mobile", address: ODD }], { mobileCheck: "strict" })
  assert.equal(people[0]?.reason, "impossible_mobile")
  const strict = sim.another({ mobileCheck: "strict" })
  assert.equal(await strict.useridByMobile(ODD, { mobileCheck: "length" }), "odd")
})

test("the number's new owner is asked for in the same way", async () => {
  await using sim = await withOddNumber({ mobileCheck: "strict" })
  const options = { mobileCheck: "length" } as const
  assert.equal(await sim.wecom.useridByMobile(ODD, options), "odd")
  await sim.org(({ members }) => {
    for (const member of members) if (member.userid === "odd") member.userid = "heir"
  })
  for (const many of [false, true]) {
    const { recipients } = await (many
      ? sim.wecom.sendToMany({ mobiles: [ODD] }, text("a"), options)
      : sim.wecom.send({ mobiles: [ODD] }, text("a"), options))
    assert.deepEqual([recipients[0]?.state, recipients[0]?.userid], ["sent", "heir"])
  }
})

test("any other word for it is a fault that names those there are", async () => {
  await using sim = await simulatedWeCom()
  const odd = { mobileCheck: "none" as "length" }
  const faults = [
    await rejected(sim.wecom.send({ mobiles: [ODD] }, text("a"), odd)),
    await rejected(sim.wecom.lookUp([], odd)),
    await rejected(Promise.resolve().then(() => sim.another(odd))),
  ].map((error) => error.faults)
  for (const [fault, ...others] of faults) {
    assert.deepEqual([fault?.path, fault?.allowed, others], ["mobileCheck", ["strict", "length"], []])
  }
})
