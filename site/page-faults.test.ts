// Pages that are broken on purpose, to test that `site.test.ts` finds and names each fault.
import assert from "node:assert/strict"
import { test } from "node:test"
import { deadLinks, inOneLanguage } from "./src/page-faults.ts"
import type { BuiltPage } from "./src/page-faults.ts"

// proves 30.bad-site: a dead link
test("a dead link, a dead anchor and a missing picture are named with their page; what leads somewhere is not", () => {
  const pages = [
    page("/", ["/gateway/send/", "gateway/send/#limits", "https://example.com/", "#_top", "/a%20b.webp"]),
    page("/gateway/send/", ["../../", "../keys/", "/gateway/send/#nowhere", "/lost.webp"], ["limits"]),
  ]
  assert.deepEqual(deadLinks(pages, new Set(["/a b.webp"])), [
    "/gateway/send/: ../keys/",
    "/gateway/send/: /gateway/send/#nowhere",
    "/gateway/send/: /lost.webp",
  ])
})

// proves 30.bad-site: a page in one language only
test("a page that is in one language only is named, whichever it is", () => {
  const both = ["README.md", "README.zh-CN.md", "docs/gateway/send.md", "docs/gateway/send.zh-CN.md"]
  assert.deepEqual(inOneLanguage([...both, "docs/proof.md", "docs/decisions/0001-x.md"]), [])
  const alone = ["docs/gateway/new.md", "docs/neu.zh-CN.md"]
  assert.deepEqual(inOneLanguage([...both, ...alone]), alone)
})

function page(address: string, targets: readonly string[], ids: readonly string[] = []): BuiltPage {
  return { address, targets, ids: new Set(ids) }
}
