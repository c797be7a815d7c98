import assert from "node:assert/strict"
import { test } from "node:test"
import { faultToJson, parseFaults } from "./parse-faults.ts"
import { FAULT_KINDS } from "./planned-fault.ts"

const badPaths = (input: unknown): string[] => parseFaults(input).badFields.map(({ path }) => path)
const pathOf = (path: string): string | undefined => parseFaults({ path, kind: "reset_after" }).faults[0]?.path

test("one fault may be posted alone or several as a list", () => {
  const fault = { path: "gettoken", kind: "hang_before" }
  assert.equal(parseFaults(fault).faults.length, 1)
  assert.equal(parseFaults([fault, fault]).faults.length, 2)
  assert.equal(parseFaults([]).faults.length, 0)
})

test("a fault strikes once and at once unless it says otherwise", () => {
  const [fault] = parseFaults({ path: "gettoken", kind: "hang_before" }).faults
  assert.deepEqual([fault?.times, fault?.after], [1, 0])
})

test("a path may be written with or without /cgi-bin/", () => {
  assert.equal(pathOf("/cgi-bin/message/send"), "message/send")
  assert.equal(pathOf("cgi-bin/message/send"), "message/send")
  assert.equal(pathOf("message/send"), "message/send")
  assert.equal(pathOf("*"), "*")
})

test("every bad field of every fault is named, and no fault of the list is taken with it", () => {
  const { badFields } = parseFaults([
    { path: "", kind: "errcode", times: 0, after: -1, errcode: "42001" },
    { path: "gettoken", kind: "melt" },
    { kind: "http_status", status: 99, bytes: 1.5, delay_ms: 2 ** 31, acts: 1 },
    "reset_after",
  ])
  assert.deepEqual(
    badFields.map(({ path }) => path),
    [
      "[0].path",
      "[0].times",
      "[0].after",
      "[0].errcode",
      "[1].kind",
      "[2].path",
      "[2].delay_ms",
      "[2].status",
      "[2].bytes",
      "[2].acts",
      "[3]",
    ],
  )
})

test("a bad field of a single fault is named without an index", () => {
  assert.deepEqual(badPaths({ path: "gettoken" }), ["kind"])
})

test("a bad value is explained in both languages", () => {
  assert.deepEqual(parseFaults({ path: "gettoken", kind: "html", status: 700 }).badFields[0]?.problem, {
    en: "must be at most 599",
    zh: "不能大于 599",
  })
})

const bare = (kind: string): string[] => badPaths({ path: "gettoken", kind })

test("a kind's own figure must be there", () => {
  assert.deepEqual(bare("errcode"), ["errcode"])
  assert.deepEqual(bare("http_status"), ["status"])
  assert.deepEqual(bare("slow"), ["delay_ms"])
  assert.deepEqual(bare("drip"), ["delay_ms"])
  assert.deepEqual(bare("truncate"), ["bytes"])
})

test("a field that the kind does not use, or an unknown one, is refused instead of ignored", () => {
  assert.deepEqual(badPaths({ path: "gettoken", kind: "reset_after", bytes: 4, time: 3 }), ["bytes", "time"])
})

const withBody = (fault: object, body: unknown): string[] => badPaths({ path: "*", ...fault, body })

test("the body of an errcode fault is an object, of a raw one a text, of an http_status one either", () => {
  assert.deepEqual(withBody({ kind: "errcode", errcode: 0 }, "text"), ["body"])
  assert.deepEqual(withBody({ kind: "errcode", errcode: 0 }, { invaliduser: "a" }), [])
  assert.deepEqual(withBody({ kind: "raw" }, { a: 1 }), ["body"])
  assert.deepEqual(withBody({ kind: "http_status", status: 200 }, "text"), [])
  assert.deepEqual(withBody({ kind: "http_status", status: 200 }, { a: 1 }), [])
})

test("raw bytes come as Base64", () => {
  assert.deepEqual(badPaths({ path: "*", kind: "raw", body_base64: "AAECAw==" }), [])
  assert.deepEqual(badPaths({ path: "*", kind: "raw", body_base64: "no base64" }), ["body_base64"])
})

test("no posted value passes by its type or by chance: lists, objects, booleans", () => {
  for (const value of [[], {}, true, Number.NaN]) {
    const faults = badPaths({ path: value, kind: value, times: value, after: value, match: value })
    assert.deepEqual(new Set(faults), new Set(["path", "kind", "times", "after", "match"]))
  }
})

test("a fault can be posted again in the form in which it is listed", () => {
  for (const kind of FAULT_KINDS) {
    const posted = {
      path: "message/send",
      kind,
      times: 3,
      after: 2,
      match: "你好",
      delay_ms: 10,
      ...(kind === "errcode" ? { errcode: 45009, acts: true } : {}),
      ...(kind === "http_status" ? { status: 502, body: "bad", bytes: 10 } : {}),
      ...(kind === "raw" ? { body_base64: "AAECAw==" } : {}),
      ...(kind === "truncate" ? { bytes: 0 } : {}),
    }
    const [fault] = parseFaults(posted).faults
    assert.ok(fault)
    const listed: unknown = JSON.parse(JSON.stringify(faultToJson(fault)))
    assert.deepEqual(listed, posted)
  }
})
