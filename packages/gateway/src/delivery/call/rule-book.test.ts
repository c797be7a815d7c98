import assert from "node:assert/strict"
import { test } from "node:test"
import { CALL_KINDS, callKind, decideAttempt } from "@wecom-push/protocol/delivery"
import type { AttemptEnd, CallKind, CallKindName } from "@wecom-push/protocol/delivery"
import { file, text } from "@wecom-push/sdk"
import type { SendableMessage } from "@wecom-push/sdk"
import { simulatedWeCom } from "../../../../sdk/src/testing/simulated-wecom.ts"
import { settle } from "../../model/settlement.ts"
import { TEXT } from "../../doors/http/testing/media-form.ts"
import { takeIn } from "../../files/take-in.ts"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"

type Fault = Readonly<Record<string, unknown>>

/** WeCom's answers to a send, in order, and the outcome of each recipient: in the SDK and in the gateway. */
interface Row {
  readonly title: string
  readonly answers: readonly Fault[]
  /** For zhangsan, lisi, department 2, tag 1: the state, as in `sent`, or the state and its reason. */
  readonly both?: readonly string[]
  /** The gateway waits where the SDK cannot, because its caller waits for it. */
  readonly sdk?: readonly string[]
  readonly gateway?: readonly string[]
  readonly withFile?: boolean
  readonly isUnchecked?: true
  /** The answers are those to a look-up, and 13800000001 is the only recipient. */
  readonly isLookup?: true
  /** The seconds after which the gateway tries again. */
  readonly afterSeconds?: number
}

const errcode = (code: number, body: object = {}): Fault => ({ kind: "errcode", errcode: code, body })
const LOST: Fault = { kind: "reset_after" }
const INVALID = "invalid outside_visible_range"
const UNLICENSED = "unlicensed no_licence"
const all = (outcome: string): readonly string[] => [outcome, outcome, outcome, outcome]

const ROWS: readonly Row[] = [
  { title: "errcode 0", answers: [], both: all("sent") },
  {
    title: "invaliduser in lower case",
    answers: [errcode(0, { invaliduser: "zhangsan" })],
    both: [INVALID, "sent", "sent", "sent"],
  },
  {
    title: "unlicenseduser",
    answers: [errcode(0, { unlicenseduser: ["LISI"] })],
    both: ["sent", UNLICENSED, "sent", "sent"],
  },
  { title: "invalidparty", answers: [errcode(0, { invalidparty: "2" })], both: ["sent", "sent", INVALID, "sent"] },
  {
    title: "invalidtag as a number",
    answers: [errcode(0, { invalidtag: 1 })],
    both: ["sent", "sent", "sent", INVALID],
  },
  {
    title: "ids that the call did not name",
    answers: [errcode(0, { invaliduser: "2|x", invalidparty: "9" })],
    both: all("sent"),
  },
  { title: "81013", answers: [errcode(81013)], both: all(INVALID) },
  {
    title: "81013 with unlicenseduser",
    answers: [errcode(81013, { unlicenseduser: "lisi" })],
    both: [INVALID, UNLICENSED, INVALID, INVALID],
  },
  { title: "a token that has expired", answers: [errcode(42001)], both: all("sent") },
  {
    title: "one bad id, found by halving",
    answers: [errcode(40003), errcode(40003), errcode(40003)],
    both: ["sent", "invalid refused_alone", "sent", "sent"],
  },
  { title: "a fault of the request", answers: [errcode(45002)], both: all("failed call_refused") },
  { title: "a setting that fails this message alone", answers: [errcode(43012)], both: all("failed call_refused") },
  { title: "no right to the API", answers: [errcode(48002)], both: all("failed call_refused") },
  { title: "an unknown code, once", answers: [errcode(9_999_999)], both: all("sent") },
  {
    title: "an unknown code, three times",
    answers: [errcode(9_999_999), errcode(9_999_999), errcode(9_999_999)],
    both: all("failed call_refused"),
  },
  { title: "busy twice", answers: [errcode(-1), errcode(6000)], both: all("sent") },
  { title: "too many calls at once", answers: [errcode(45033)], both: all("sent") },
  { title: "an id of a file that is WeCom's own", answers: [errcode(40007)], both: all("failed call_refused") },
  { title: "a file whose id has expired", answers: [errcode(40145)], withFile: true, both: all("sent") },
  { title: "a lost answer", answers: [LOST], both: all("sent") },
  { title: "an answer that is not WeCom's", answers: [{ kind: "html", acts: true }], both: all("sent") },
  {
    title: "a lost answer, then a fault of the request",
    answers: [LOST, errcode(45002)],
    both: all("failed call_refused"),
  },
  { title: "a lost answer, then 48002", answers: [LOST, errcode(48002)], both: all("in_doubt answer_lost") },
  {
    title: "a lost answer, then a known task_id",
    answers: [LOST, errcode(42014)],
    both: all("in_doubt probably_sent"),
  },
  {
    title: "a lost answer, then an expired id of a file",
    answers: [LOST, errcode(40007)],
    withFile: true,
    both: all("in_doubt answer_lost"),
  },
  {
    title: "a lost answer, then a list",
    answers: [LOST, errcode(0, { invaliduser: "lisi" })],
    both: ["sent", INVALID, "sent", "sent"],
  },
  {
    // The SDK's caller did not ask for the check; the gateway's call goes without, since an equal body went out before.
    title: "a lost answer without the duplicate check",
    answers: [LOST],
    isUnchecked: true,
    sdk: all("in_doubt answer_lost"),
    gateway: all("in_doubt no_check"),
  },
  {
    title: "busy three times",
    answers: [errcode(-1), errcode(-1), errcode(-1)],
    sdk: all("failed call_refused"),
    gateway: all("sent"),
    afterSeconds: 600,
  },
  {
    title: "a setting of the whole app",
    answers: [errcode(60020)],
    sdk: all("failed call_refused"),
    gateway: all("sent"),
    afterSeconds: 60,
  },
  {
    title: "a limit of the API",
    answers: [errcode(45009)],
    sdk: all("failed call_refused"),
    gateway: all("sent"),
    afterSeconds: 60,
  },
]

const LOOKUPS: readonly Row[] = [
  ...[46004, 60111, 60146, 60147, 60148].map((code) => ({
    title: `a look-up answered ${code}`,
    answers: [errcode(code)],
    both: ["not_found no_visible_member"],
  })),
  { title: "a look-up answered 60103", answers: [errcode(60103)], both: ["invalid malformed_mobile"] },
  { title: "a look-up answered 48002", answers: [errcode(48002)], both: ["failed call_refused"] },
  { title: "a look-up answered with an unknown code", answers: [errcode(9_999_999)], both: ["failed call_refused"] },
  { title: "a busy look-up", answers: [errcode(-1)], both: ["sent"] },
  { title: "a look-up without an answer", answers: [LOST], both: ["sent"] },
  {
    title: "a look-up answered @all",
    answers: [errcode(0, { userid: "@all" })],
    sdk: ["failed unusable_answer"],
    gateway: ["sent"],
  },
  {
    title: "closed look-ups",
    answers: [errcode(45009)],
    sdk: ["failed lookup_paused"],
    gateway: ["sent"],
    afterSeconds: 60,
  },
]

/**
 * The meaning of an answer for each kind of call: app messages are tested in SDK and gateway above, the others have no
 * channel yet.
 */
const KINDS: Readonly<Record<CallKindName, Readonly<Record<string, string>>>> = {
  app_message: {
    0: "sent",
    81013: INVALID,
    40003: "invalid refused_alone",
    40050: "failed call_refused",
    93000: "failed call_refused",
    93006: "failed call_refused",
    60020: "again, paused",
    45009: "again, throttled",
    lost: "again, in doubt",
  },
  app_chat: {
    0: "sent",
    81013: "failed call_refused",
    40003: "failed call_refused",
    40050: "invalid refused_alone",
    49008: "invalid refused_alone",
    60020: "again, paused",
    48002: "failed call_refused",
    45009: "again, throttled",
    lost: "in_doubt no_check",
  },
  group_robot: {
    0: "sent",
    40003: "failed call_refused",
    93000: "again, paused",
    93004: "again, paused",
    93008: "failed call_refused",
    45009: "again, throttled",
    lost: "in_doubt no_check",
  },
  smart_robot: {
    0: "sent",
    40008: "failed call_refused",
    93006: "not_opened no_conversation",
    93008: "invalid refused_alone",
    60020: "failed call_refused",
    846607: "again, throttled",
    lost: "in_doubt no_check",
  },
}

for (const name of CALL_KINDS) {
  // proves 31.kinds: what an answer means, by kind
  test(`${name}: what an answer means for the one whom a call was for`, () => {
    for (const [errcode, outcome] of Object.entries(KINDS[name])) {
      assert.equal(outcomeByRules(callKind(name), errcode), outcome, errcode)
    }
  })
}

/** @param errcode `lost`: there was no answer */
function outcomeByRules(kind: CallKind, errcode: string): string {
  const end: AttemptEnd =
    errcode === "lost"
      ? {
          kind: "failure",
          failure: { code: "in_doubt", class: undefined, errcode: undefined, errmsg: "", kind: "reset" },
        }
      : { kind: "answer", answer: { errcode: Number(errcode), errmsg: "as WeCom says" } }
  const checkSeconds = kind.hasDuplicateCheck ? 14_400 : null
  const earlier = { firstTryAt: 0, number: 1, spentAttempts: 0, mayHaveArrived: false }
  const facts = { kind, targetCount: 1, checkSeconds, namesMedia: false, ...earlier }
  const decision = decideAttempt(end, facts, 0, () => 1)
  if (decision.kind === "again") {
    const { health, result } = decision
    if (health.kind === "misconfigured") return "again, paused"
    return health.kind === "throttled" ? "again, throttled" : `again, ${result.replace("_", " ")}`
  }
  const target = { kind: "chat", id: "x", key: " chat x", positions: [0], remembered: [false] } as const
  const started = { messageId: "msg_1", number: 1, attempt: 1 }
  const attempted = { kind, started, targets: [target], part: 0, partCount: 1, isSuppressed: false, finishedAt: 0 }
  const { reason, updates } = settle(attempted, end, decision).settlement
  const [update] = updates
  return outcomeOf({ state: update?.state ?? "none", reason: update?.detail?.reason ?? reason })
}

for (const row of [...ROWS, ...LOOKUPS.map((lookup) => ({ ...lookup, isLookup: true as const }))]) {
  const { title, both, sdk = both, gateway = both } = row

  // proves 12.D1: one rule book, in both worlds
  test(`12.D1: ${title}: SDK and gateway tell each recipient ${sdk === gateway ? "the same" : "what it knows"}`, async () => {
    const [bySdk, byGateway] = await Promise.all([sendBySdk(row), sendByGateway(row)])
    assert.deepEqual(bySdk, sdk, "SDK")
    assert.deepEqual(byGateway, gateway, "gateway")
  })
}

const TO = { users: ["ZhangSan", "lisi"], departments: [2], tags: [1] }
const MOBILE = "13800000001"

function pathOf(isLookup: true | undefined): string {
  return isLookup ? "user/getuserid" : "message/send"
}

async function sendBySdk({ answers, withFile = false, isLookup, isUnchecked }: Row): Promise<readonly string[]> {
  await using sim = await simulatedWeCom()
  for (const answer of answers) await sim.fault({ path: pathOf(isLookup), ...answer })
  const message: SendableMessage = withFile ? file({ content: TEXT, filename: "日志.txt" }) : text("磁盘 91%")
  const to = isLookup ? { mobiles: [MOBILE] } : TO
  const { recipients } = await sim.wecom
    .send(to, message, isUnchecked ? {} : { duplicateCheckSeconds: 14_400 })
    .catch(resultOf)
  return recipients.map(outcomeOf)
}

/** If all recipients failed, the error contains the result of each. */
function resultOf(error: unknown) {
  const { result } = error as { result?: { recipients: readonly Outcome[] } }
  if (result === undefined) throw error
  return result
}

async function sendByGateway({
  answers,
  withFile = false,
  isLookup,
  isUnchecked,
  afterSeconds,
}: Row): Promise<readonly string[]> {
  await using gateway = await startDispatch()
  if (isUnchecked) await gateway.outcome(await gateway.post({ ...TO, text: "磁盘 91%" }))
  for (const answer of answers) await gateway.fault({ path: pathOf(isLookup), ...answer })
  const to = isLookup ? { mobiles: [MOBILE] } : TO
  const id = await gateway.post(withFile ? { ...to, ...(await aFile(gateway)) } : { ...to, text: "磁盘 91%" })
  let passed = 0
  const isFinished = async (): Promise<boolean> => (await gateway.summary(id)).finishedAt !== undefined
  await gateway.until(async () => {
    if (await isFinished()) return true
    // Retries come after 1, 2, 4 … seconds; while work is under way, the clock is not moved.
    await gateway.advance(1)
    passed++
    return false
  })
  if (afterSeconds !== undefined) assert.ok(passed >= afterSeconds * 0.75, `only ${passed} s`)
  return (await gateway.recipients(id)).map(outcomeOf)
}

async function* pieces() {
  yield TEXT
}

async function aFile({ stores: { media }, clock }: DispatchUnderTest) {
  await using draft = await media.receive(pieces(), 1e6)
  const key = { id: "key_1", client: "key_1" }
  const place = { path: "file", key, apps: "all", at: clock.now() } as const
  const deps = { store: media, room: { pass: () => undefined } }
  const taken = await takeIn(deps, { draft, filename: "日志.txt" }, "file", place)
  if (taken.kind === "refused") assert.fail(JSON.stringify(taken.faults))
  const part = JSON.stringify({ msgtype: "file", file: { media_id: taken.id } })
  return { msgtype: "file", parts: [part], media: [taken.id] }
}

interface Outcome {
  readonly state: string
  readonly reason?: string | undefined
}

function outcomeOf({ state, reason }: Outcome): string {
  return reason === undefined ? state : `${state} ${reason}`
}
