import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { uploadedFilename, uploadPartRank } from "./upload-part.ts"

// proves 11.B11: forms of uploads
test("the file of a form is the part with a file name, else the one called media or file, else any", () => {
  const ranks = [
    { name: "x", filename: "a.txt" },
    { name: "media", filename: undefined },
    { name: "type", filename: undefined },
  ].map((part) => uploadPartRank(part))
  assert.deepEqual(
    ranks.toSorted((a, b) => b - a),
    ranks,
  )
  assert.equal(new Set(ranks).size, 3)
  assert.equal(uploadPartRank({ name: "file", filename: "" }), uploadPartRank({ name: "media", filename: undefined }))
  assert.ok(uploadPartRank({ name: undefined, filename: undefined }) > 0)
})

// proves 11.B11: forms of uploads
suite("the name of an uploaded file", () => {
  for (const [sent, name] of [
    ["report.txt", "report.txt"],
    [String.raw`a\b"c.txt`, String.raw`a\b"c.txt`],
    ["a%22b.txt", 'a"b.txt'],
    ["/tmp/x/report.txt", "report.txt"],
    ["../../etc/passwd", "passwd"],
    [String.raw`C:\x\report.txt`, "report.txt"],
    [String.raw`\\server\share\report.txt`, "report.txt"],
    ["a\r\nX: y\0.txt", "a\uFFFD\uFFFDX: y\uFFFD.txt"],
    ["half \ud800.txt", "half \uFFFD.txt"],
    ["..", undefined],
    ["folder/", undefined],
    ["", undefined],
    [undefined, undefined],
  ] as const) {
    test(JSON.stringify(sent) ?? "none", () => assert.equal(uploadedFilename(sent), name))
  }
})
