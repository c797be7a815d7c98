import assert from "node:assert/strict"
import { test } from "node:test"
import { isPictureAddress, isWebAddress } from "./web-address.ts"

test("links lead to the web only", () => {
  for (const good of ["https://a.example", "HTTP://a.example/x?y#z"]) assert.ok(isWebAddress(good), good)
  for (const bad of [
    "",
    "//a.example",
    "javascript:alert(1)",
    "https://",
    "ftp://a.example",
    " https://a.example",
    "data:image/png,",
  ]) {
    assert.ok(!isWebAddress(bad), bad)
  }
})

test("a picture may also be inside the address itself", () => {
  assert.ok(isPictureAddress("https://a.example/x.png"))
  assert.ok(isPictureAddress("data:image/png;base64,AAAA"))
  for (const bad of ["data:text/html,x", "data:image/pngx", "javascript:alert(1)"])
    assert.ok(!isPictureAddress(bad), bad)
})
