import assert from "node:assert/strict"
import { test } from "node:test"
import { inOnePiece } from "./forwarded-answer.ts"

test("a short answer becomes a text where it says UTF-8 and is; the bytes stay the same", () => {
  const json = Buffer.from('{"errcode":0,"name":"张三"}')
  const rows: readonly [what: string, bytes: Buffer, type: string | undefined, isText: boolean][] = [
    ["as WeCom writes it", json, "application/json; charset=UTF-8", true],
    [
      "behind a byte order mark",
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), json]),
      "text/plain; charset=utf-8",
      true,
    ],
    ["nothing", Buffer.alloc(0), "application/json; charset=UTF-8", true],
    ["broken off within a character", json.subarray(0, -4), "application/json; charset=UTF-8", false],
    ["packed", Buffer.from([0x1f, 0x8b, 8, 0]), "application/json; charset=UTF-8", false],
    ["another character set", json, "text/plain; charset=gbk", false],
    ["a type that says nothing of it", json, "application/json", false],
    ["no type", json, undefined, false],
  ]
  for (const [what, bytes, type, isText] of rows) {
    const body = inOnePiece(bytes, type)
    assert.equal(typeof body === "string", isText, what)
    assert.ok(typeof body === "string" || Buffer.isBuffer(body), what)
    assert.deepEqual(Buffer.from(body), bytes, what)
  }
})
