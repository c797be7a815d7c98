import assert from "node:assert/strict"
import { test } from "node:test"
import { checkSafeFile } from "./check-safe-file.ts"

// proves 11.B33: files that go with safe
test("with safe a file has one of fourteen kinds by its name, in any case", () => {
  const kinds = "txt pdf doc docx ppt pptx xls xlsx xml jpg jpeg png bmp gif".split(" ")
  const place = { path: "file.media_id" }
  for (const kind of kinds) {
    assert.equal(checkSafeFile(`报告.${kind}`, place), undefined)
    assert.equal(checkSafeFile(`a.b.${kind.toUpperCase()}`, place), undefined)
  }
  for (const name of ["a.zip", "a.pdf.exe", "pdf", "a.", "", "a.md", "a.csv", "a.pdf "]) {
    assert.deepEqual(
      checkSafeFile(name, place),
      { rule: "unsafe_file", severity: "error", allowed: kinds, errcode: 40004, ...place },
      name,
    )
  }
})
