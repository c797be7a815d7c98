import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { downloadOf } from "./download.ts"

// proves 11.B11: forms of uploads
suite("the name of a download is read as its header writes it", () => {
  for (const [disposition, name] of [
    [String.raw`attachment; filename="a \"b\" c\\d.txt"`, String.raw`a "b" c\d.txt`],
    [String.raw`attachment; filename="a\b.txt"`, String.raw`a\b.txt`],
    [String.raw`attachment; filename="a\\"; size=3`, "a\\"],
    ['attachment; filename="a.txt"', "a.txt"],
    ["attachment; filename=a.txt; size=3", "a.txt"],
    ["attachment; filename=\"x\"; filename*=UTF-8''%E6%97%A5%22.txt", '日".txt'],
    ['attachment; filename=""', undefined],
    ["attachment", undefined],
  ] as const) {
    test(disposition, () => {
      const headers = { "content-disposition": disposition }
      assert.equal(downloadOf({ status: 200, headers, body: new Blob([]).stream() }).rawFilename, name)
    })
  }
})
