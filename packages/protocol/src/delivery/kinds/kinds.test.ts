import assert from "node:assert/strict"
import { test } from "node:test"
import { checkMessageOf } from "../../check-message.ts"
import { errcodeEntries } from "../../errcodes.ts"
import { ROBOT_ITSELF, TARGET_KINDS, targetKey } from "../call-target.ts"
import type { TargetKind } from "../call-target.ts"
import { CallFiller } from "../fill-calls.ts"
import { guardedBody } from "../guarded-body.ts"
import type { SendMeaning } from "../send-meaning.ts"
import { CALL_KINDS } from "./call-kind.ts"
import type { CallKind, CallKindName } from "./call-kind.ts"
import { callKind, chatKind } from "./index.ts"

interface Row {
  /** The targets that one call can name: `user` twice when it can name several. */
  readonly names: readonly TargetKind[]
  readonly alone: boolean
  /** The first target of each kind that a call can name, and the body made for it. */
  readonly bodies: Readonly<Partial<Record<TargetKind, string>>>
  readonly users: readonly string[]
  /** The meanings of codes in which the kinds differ. */
  readonly meanings: Readonly<Record<number, SendMeaning>>
  readonly hasCheck: boolean
  readonly canRecall: boolean
  readonly canChangeCards: boolean
  readonly rate: readonly [perMinute: number, perHour: number | undefined]
  readonly types: readonly string[]
  /** How many bytes of content each `msgtype` may have. */
  readonly contentBytes: Readonly<Record<string, number>>
}

const PART = '{"msgtype":"markdown","markdown":{"content":"**91%**"}}'
const REST = PART.slice(1)
const OF_APPS = { 60020: "app_paused", 40001: "app_paused", 48002: "refused" } as const

const ROWS: Readonly<Record<CallKindName, Row>> = {
  app_message: {
    names: ["user", "department", "tag", "all"],
    alone: false,
    bodies: {
      user: `{"touser":"x",${REST.slice(0, -1)},"agentid":7}`,
      department: `{"toparty":"x",${REST.slice(0, -1)},"agentid":7}`,
      tag: `{"totag":"x",${REST.slice(0, -1)},"agentid":7}`,
      all: `{"touser":"x",${REST.slice(0, -1)},"agentid":7}`,
    },
    users: ["x"],
    meanings: {
      81013: "accepted",
      40003: "one_recipient",
      40050: "refused",
      93000: "refused",
      93006: "refused",
      ...OF_APPS,
    },
    hasCheck: true,
    canRecall: true,
    canChangeCards: true,
    rate: [30, 1000],
    types: [
      "text",
      "image",
      "voice",
      "video",
      "file",
      "textcard",
      "news",
      "mpnews",
      "markdown",
      "miniprogram_notice",
      "template_card",
      "taskcard",
    ],
    contentBytes: { text: 2048, markdown: 2048 },
  },
  app_chat: {
    names: ["chat"],
    alone: true,
    bodies: { chat: `{"chatid":"x",${REST}` },
    users: [],
    meanings: {
      81013: "refused",
      40003: "refused",
      40050: "one_recipient",
      49008: "one_recipient",
      86008: "one_recipient",
      93000: "refused",
      ...OF_APPS,
    },
    hasCheck: false,
    canRecall: false,
    canChangeCards: false,
    rate: [200, undefined],
    types: ["text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown"],
    contentBytes: { text: 2048, markdown: 2048 },
  },
  group_robot: {
    names: ["robot"],
    alone: true,
    bodies: { robot: PART },
    users: [],
    meanings: { 93000: "app_paused", 93004: "app_paused", 93008: "refused", 60020: "refused", 40050: "refused" },
    hasCheck: false,
    canRecall: false,
    canChangeCards: false,
    rate: [20, undefined],
    types: ["text", "markdown", "markdown_v2", "image", "news", "file", "voice", "template_card"],
    contentBytes: { text: 2048, markdown: 4096, markdown_v2: 4096 },
  },
  smart_robot: {
    names: ["user", "chat"],
    alone: true,
    bodies: { user: `{"chatid":"x","chat_type":1,${REST}`, chat: `{"chatid":"x","chat_type":2,${REST}` },
    users: ["x"],
    meanings: {
      93006: "not_opened",
      93008: "one_recipient",
      93000: "refused",
      60020: "refused",
      40008: "refused",
      846607: "throttled",
    },
    hasCheck: false,
    canRecall: false,
    canChangeCards: true,
    rate: [30, 1000],
    types: ["markdown", "template_card", "image", "voice", "video", "file"],
    contentBytes: { markdown: 20_480 },
  },
}

const CONTENT = { part: PART, agentId: 7, number: 1 }

for (const name of CALL_KINDS) {
  const kind = callKind(name)
  const row = ROWS[name]

  // proves 31.kinds: a row of the rule book for each kind
  test(`${kind.api}: a call names what it can name, and a planner makes no other`, () => {
    const filler = new CallFiller<{ readonly kind: TargetKind }, Filled>(kind.most, () => ({ targets: [] }))
    for (const target of TARGET_KINDS) {
      if (row.names.includes(target)) assert.ok(kind.most[target] > 0, target)
      else assert.throws(() => filler.room(target), { name: "RangeError", message: new RegExp(target) })
    }
    for (const target of row.names) filler.put(filler.room(target), { kind: target })
    const calls: number[] = []
    for (let call = filler.take(); call !== undefined; call = filler.take()) calls.push(call.targets.length)
    assert.deepEqual(calls, row.alone ? row.names.map(() => 1) : [row.names.length])
  })

  test(`${kind.api}: a call of one target is full where it can name no other`, () => {
    const filler = new CallFiller<{ readonly kind: TargetKind }, Filled>(kind.most, () => ({ targets: [] }))
    const [first] = row.names
    assert.ok(first !== undefined)
    filler.put(filler.room(first), { kind: first })
    assert.equal(filler.takeFull()?.targets.length, row.alone ? 1 : undefined)
  })

  // proves 31.kinds: its bytes
  test(`${kind.api}: the bytes of a call, and whom they name`, () => {
    for (const target of row.names) {
      const body = kind.bodyOf([{ kind: target, id: "x" }], CONTENT, null)
      assert.equal(body, row.bodies[target])
      assert.doesNotThrow(() => void JSON.parse(body))
      if (target === "robot") assert.deepEqual(kind.keysIn(body), [targetKey(target, ROBOT_ITSELF)])
      else if (target !== "all") assert.deepEqual(kind.keysIn(body), [targetKey(target, "x")])
      assert.deepEqual(kind.usersIn(body), target === "user" || target === "all" ? row.users : [])
      assert.equal(kind.isOf(body, 7), true)
      assert.equal(kind.isOf(body, 8), name !== "app_message")
    }
    if (row.alone) assert.throws(() => kind.bodyOf([], CONTENT, null), RangeError)
  })

  test(`${kind.api}: a part that is empty but for its type stays JSON`, () => {
    const [target] = row.names
    assert.ok(target !== undefined)
    const body = kind.bodyOf([{ kind: target, id: '"\\' }], { ...CONTENT, part: '{"msgtype":"file"}' }, null)
    assert.equal((JSON.parse(body) as { msgtype: string }).msgtype, "file")
  })

  test(`${kind.api}: the duplicate check is in the bytes where WeCom has one, and in no others`, () => {
    const [target] = row.names
    assert.ok(target !== undefined)
    const made = guardedBody(kind, [{ kind: target, id: "x" }], CONTENT, { by: "gateway" }, (body) => body)
    assert.equal(kind.hasDuplicateCheck, row.hasCheck)
    assert.equal(made.checkSeconds, row.hasCheck ? 14_400 : null)
    assert.equal(made.guard === undefined, !row.hasCheck)
    assert.equal(made.body.includes("enable_duplicate_check"), row.hasCheck)
  })

  // proves 31.kinds: its codes
  test(`${kind.api}: what its codes mean`, () => {
    for (const [errcode, meaning] of Object.entries(row.meanings)) {
      assert.equal(kind.meaningOf(Number(errcode), false), meaning, errcode)
    }
    const shared = {
      0: "accepted",
      45009: "throttled",
      45033: "crowded",
      [-1]: "busy",
      40008: "refused",
      9_999_999: "unknown",
    }
    for (const [errcode, meaning] of Object.entries(shared)) {
      assert.equal(kind.meaningOf(Number(errcode), false), meaning, errcode)
    }
  })

  test(`${kind.api}: no code of the catalogue is taken for acceptance, but those that are`, () => {
    const accepted = errcodeEntries().filter(({ errcode }) => kind.meaningOf(errcode, false) === "accepted")
    assert.deepEqual(
      accepted.map(({ errcode }) => errcode),
      name === "app_message" ? [81013] : [],
    )
  })

  test(`${kind.api}: errcode 0 is the result of all that it names, and lists are read where WeCom writes them`, () => {
    const [target] = row.names
    assert.ok(target !== undefined)
    const answer = { errcode: 0, errmsg: "ok", invaliduser: "x", msgid: "m" }
    const results = kind.resultsOf(answer, false)
    assert.equal(results.of(target, targetKey(target, "x")), name === "app_message" ? "invalid" : "sent")
    assert.equal(results.of(target, targetKey(target, "y")), "sent")
    const strangers = results.unknownIds([{ kind: target, key: targetKey(target, "y") }])
    assert.deepEqual(strangers, name === "app_message" ? ["user x"] : [])
  })

  test(`${kind.api}: recall, cards and rate`, () => {
    assert.deepEqual(
      [kind.canRecall, kind.canChangeCards, kind.targetRate.perMinute, kind.targetRate.perHour],
      [row.canRecall, row.canChangeCards, ...row.rate],
    )
  })

  // proves 31.kinds: its types
  test(`${kind.api}: its types, with their limits`, () => {
    assert.deepEqual(Object.keys(kind.types), row.types)
    for (const [msgtype, bytes] of Object.entries(row.contentBytes)) {
      assert.deepEqual(faults(kind, msgtype, "a".repeat(bytes)), [], msgtype)
      assert.deepEqual(faults(kind, msgtype, "a".repeat(bytes + 1)), [`${msgtype}.content too_long ${bytes}`], msgtype)
    }
    const other = ["markdown_v2", "miniprogram_notice"].find((type) => !row.types.includes(type))
    assert.deepEqual(faults(kind, other ?? "none", "x"), ["msgtype not_allowed undefined"])
  })
}

interface Filled {
  readonly targets: { readonly kind: TargetKind }[]
}

function faults(kind: CallKind, msgtype: string, content: string): string[] {
  return checkMessageOf(kind.types, { msgtype, [msgtype]: { content } }).map(
    ({ path, rule, limit }) => `${path} ${rule} ${limit}`,
  )
}

test("a group robot takes the two notices alone, without a menu; a smart robot all five cards", () => {
  const card = {
    card_type: "text_notice",
    main_title: { title: "磁盘" },
    card_action: { type: 1, url: "https://example.com" },
  }
  assert.deepEqual(errorsOf("group_robot", card), [])
  assert.deepEqual(errorsOf("group_robot", { ...card, card_type: "vote_interaction" }), [
    "template_card.card_type not_allowed",
  ])
  const menu = { action_menu: { action_list: [{ text: "收下", key: "A" }] }, task_id: "t" }
  assert.deepEqual(errorsOf("smart_robot", { ...card, ...menu }), [])
  assert.deepEqual(
    checkMessageOf(callKind("group_robot").types, {
      msgtype: "template_card",
      template_card: { ...card, ...menu },
    }).map(({ path, rule }) => `${path} ${rule}`),
    ["template_card.action_menu unknown_field", "template_card.task_id unknown_field"],
  )
})

test("a group robot's picture is its bytes as Base64, with their MD5", () => {
  const image = { base64: "aGVsbG8=", md5: "5d41402abc4b2a76b9719d911017c592" }
  assert.deepEqual(rulesOf(image), [])
  assert.deepEqual(rulesOf({ ...image, md5: "x" }), ["image.md5 bad_format"])
  assert.deepEqual(rulesOf({ base64: "a".repeat(2_796_205), md5: image.md5 }), ["image.base64 too_long"])
  assert.deepEqual(rulesOf({ media_id: "m" }), [
    "image.base64 required",
    "image.md5 required",
    "image.media_id unknown_field",
  ])
})

function errorsOf(kind: CallKindName, template_card: object): readonly string[] {
  return checkMessageOf(callKind(kind).types, { msgtype: "template_card", template_card })
    .filter(({ severity }) => severity === "error")
    .map(({ path, rule }) => `${path} ${rule}`)
}

/** The faults of a group robot's picture. */
function rulesOf(image: object): readonly string[] {
  return checkMessageOf(callKind("group_robot").types, { msgtype: "image", image }).map(
    ({ path, rule }) => `${path} ${rule}`,
  )
}

test("an app's messages go into chats by a call of their own, a smart robot's by the same, a group robot's into none", () => {
  assert.deepEqual(
    CALL_KINDS.map((name) => chatKind(callKind(name))?.name),
    ["app_chat", "app_chat", undefined, "smart_robot"],
  )
})

test("two chatids that differ in case are two chats", () => {
  assert.notEqual(targetKey("chat", "Abc"), targetKey("chat", "abc"))
})
