import assert from "node:assert/strict"
import { test } from "node:test"
import { safeStyle } from "./safe-style.ts"

test("colour and emphasis are kept", () => {
  assert.deepEqual(safeStyle("color: #c00; TEXT-ALIGN:center;font-weight:700;font-size:18px"), {
    color: "#c00",
    textAlign: "center",
    fontWeight: "700",
    fontSize: "18px",
  })
})

test("nothing that loads, covers or moves is", () => {
  for (const style of [
    "background:url(https://a.example/x)",
    "position:fixed",
    "color:url(x)",
    "font-size:900px",
    "color:expression(alert(1))",
    "",
    ";;:",
    "-x:y",
  ]) {
    assert.equal(safeStyle(style), undefined, style)
  }
})
