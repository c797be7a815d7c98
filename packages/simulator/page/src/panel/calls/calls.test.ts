import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { test } from "node:test"
import type { CallItem } from "./call-item.ts"
import { curlOf } from "./curl.ts"
import { CALLS_PER_PAGE, mergeCalls } from "./merge-calls.ts"

const call = (seq: number, more: Partial<CallItem> = {}): CallItem => ({
  seq,
  at: "2026-11-25T01:02:03.000Z",
  path: "/cgi-bin/message/send",
  query: { access_token: "***" },
  body: null,
  body_base64: "",
  sha256: "",
  errcode: 0,
  answer: { errcode: 0 },
  shown: [],
  suppressed: [],
  dropped: [],
  fault: null,
  ...more,
})

const withBody = (text: string, more: Partial<CallItem> = {}): CallItem => {
  const bytes = Buffer.from(text)
  let body: unknown = text
  try {
    body = JSON.parse(text)
  } catch {
    // A body that is not JSON is shown as text.
  }
  return call(1, { body, body_base64: bytes.toString("base64"), ...more })
}

const calls = (from: number, to: number): CallItem[] =>
  Array.from({ length: to - from + 1 }, (_, index) => call(from + index))
const seqs = (list: readonly CallItem[]): number[] => list.map(({ seq }) => seq)

test("new calls come to those that are held, and older pages stay", () => {
  const merged = mergeCalls(calls(1, 100), calls(54, 53 + CALLS_PER_PAGE))
  assert.deepEqual([merged.length, merged[0]?.seq, merged.at(-1)?.seq], [103, 1, 103])
})

test("a call that was under way is replaced by the answered one", () => {
  const held = [...calls(1, 59), call(60, { errcode: null, answer: null })]
  assert.equal(mergeCalls(held, calls(11, 60)).at(-1)?.errcode, 0)
})

test("where calls are missing in between, and where fewer came than were asked for, the list begins anew", () => {
  assert.deepEqual(seqs(mergeCalls(calls(1, 50), calls(200, 249))), seqs(calls(200, 249)))
  assert.deepEqual(seqs(mergeCalls(calls(1, 50), calls(51, 52))), [51, 52])
  assert.deepEqual(mergeCalls(calls(1, 50), []), [])
})

/** The arguments that the command would give to curl, read by a shell function of that name. */
function argumentsOf(command: string): string[] {
  const env = { PATH: process.env["PATH"], ACCESS_TOKEN: "tok en", CORPSECRET: "sec'ret" }
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`
  return execFileSync("bash", ["-c", script], { env, encoding: "utf8" }).split("\0").slice(0, -1)
}

test("a call copied as curl has the very body that was sent, whatever is in it", () => {
  const text = `{"touser":"o'neill","text":{"content":"$HOME \`id\` \\\\ !\\n磁盘 91%"}}`
  const given = argumentsOf(curlOf(withBody(text), "http://127.0.0.1:7780"))
  assert.deepEqual(given, [
    "http://127.0.0.1:7780/cgi-bin/message/send?access_token=tok en",
    "-H",
    "Content-Type: application/json",
    "--data-raw",
    text,
  ])
})

test("a body that is no text goes through Base64, and no body makes it a GET", () => {
  const binary = call(1, { body: "\uFFFD", body_base64: "/wA=" })
  assert.match(curlOf(binary, "http://a"), /^base64 -d <<< \/wA= \| curl "[^"]+" --data-binary @-$/)
  assert.deepEqual(argumentsOf(curlOf(call(1, { query: { "a b": 'x"$y' } }), "http://a")), [
    "http://a/cgi-bin/message/send?a%20b=x%22%24y",
  ])
})

test("masked secrets are taken from variables, in the address and in the body", () => {
  const query = { corpid: "ww1", corpsecret: "***" }
  const path = "/cgi-bin/gettoken"
  assert.deepEqual(argumentsOf(curlOf(call(1, { path, query }), "http://a")), [
    "http://a/cgi-bin/gettoken?corpid=ww1&corpsecret=sec'ret",
  ])
  const posted = curlOf(withBody('{"corpid":"ww1","corpsecret":"***"}', { path, query: {} }), "http://a")
  assert.equal(argumentsOf(posted).at(-1), `{"corpid":"ww1","corpsecret":"sec'ret"}`)
})

test("an upload names the file instead of its bytes, which were not kept", () => {
  const summary = '{"media":{"filename":"月报.pdf","content_type":"application/pdf","bytes":9,"sha256":"0"}}'
  const upload = withBody(summary, { path: "/cgi-bin/media/upload", query: { access_token: "***", type: "file" } })
  assert.deepEqual(argumentsOf(curlOf(upload, "http://a")).slice(1), ["-F", "media=@月报.pdf"])
})

test("a path that a shell would understand is only a path", () => {
  assert.deepEqual(argumentsOf(curlOf(call(1, { path: "/cgi-bin/$(id)`id`", query: {} }), "http://a")), [
    "http://a/cgi-bin/$(id)`id`",
  ])
})
