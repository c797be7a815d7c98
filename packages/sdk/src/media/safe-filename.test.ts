import assert from "node:assert/strict"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { anyText, fc } from "../../../../tools/testing/fast-check.ts"
import { downloadOf } from "./download.ts"
import { safeFilename } from "./safe-filename.ts"

const NAMES: Readonly<Record<string, string | undefined>> = {
  "现场 1.dat": "现场 1.dat",
  "../../../etc/cron.d/x": "x",
  "C:\\Windows\\system32\\drivers\\etc\\hosts": "hosts",
  "a\u0000.txt": "a_.txt",
  "a\r\nb\u001B[31m.txt": "a__b_[31m.txt",
  "report\u202Efdp.exe": "report_fdp.exe",
  'a<b>c:d"e|f?g*h': "a_b_c_d_e_f_g_h",
  "a. . .": "a",
  " a": "a",
  ".": undefined,
  "..": undefined,
  "/": undefined,
  "": undefined,
  ".env": ".env",
  NUL: "_NUL",
  "con.txt": "_con.txt",
  "console.txt": "console.txt",
}

for (const [name, safe] of Object.entries(NAMES)) {
  test(`${JSON.stringify(name)} is kept as ${JSON.stringify(safe)}`, () => {
    assert.equal(safeFilename(name), safe)
  })
}

test("whatever the name, what comes of it is one file in the folder it is written to, and safe to be named again", () => {
  const folder = mkdtempSync(join(tmpdir(), "wecom-push-names-"))
  try {
    fc.assert(
      fc.property(anyText({ maxLength: 400 }), (name) => {
        const safe = safeFilename(name)
        if (safe === undefined) return
        assert.equal(safeFilename(safe), safe)
        assert.ok(Buffer.byteLength(safe) <= 255)
        writeFileSync(join(folder, safe), "")
        assert.deepEqual(readdirSync(folder), [safe])
        rmSync(join(folder, safe))
      }),
      { numRuns: 500 },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test("a long name keeps its extension", () => {
  const safe = safeFilename(`${"报".repeat(200)}.xlsx`) ?? ""
  assert.ok(safe.endsWith("报.xlsx"))
  assert.ok(Buffer.byteLength(safe) > 250)
})

test("a download tells the name that is safe, and apart from it the one that was sent", () => {
  const headers = { "content-disposition": `attachment; filename="../../../etc/cron.d/x"` }
  const { filename, rawFilename } = downloadOf({ status: 200, headers, body: new ReadableStream() })
  assert.deepEqual([filename, rawFilename], ["x", "../../../etc/cron.d/x"])
})
