import assert from "node:assert/strict"
import { test } from "node:test"
import type { CardCode } from "../../model/ports/callbacks.ts"
import type { CallView } from "../../model/ports/reader.ts"
import { CodeBook } from "./code-book.ts"
import type { CodeBookDeps } from "./code-book.ts"

const NOW = 1_800_000_000_000
const aPress = (code: string, at: number): CardCode => ({ code, call: 1, userid: "zhangsan", at, spentAt: undefined })

function read(presses: readonly CardCode[], pressSeconds?: number): Promise<CodeBook> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the book looks at
  const items = [{ number: 1 }] as unknown as readonly CallView[]
  const deps: CodeBookDeps = {
    reader: { calls: () => Promise.resolve({ items, nextCursor: undefined }) },
    callbacks: { cardCodes: () => Promise.resolve(presses), spend: () => Promise.resolve() },
    now: () => NOW,
  }
  return CodeBook.read(deps, "msg_1", { pressSeconds })
}

// proves 32.bot-cards: 5 s later
test("where cards are changed by presses alone, a press is good for its seconds and no longer", async () => {
  const presses = [aPress("new", NOW - 4999), aPress("old", NOW - 5000)]
  const book = await read(presses, 5)
  assert.equal(book.pressed.length, 1)
  assert.equal(book.pressedIn("zhangsan"), 1)
  assert.equal(book.takeOfClick(1)?.code, "new")
  assert.equal(book.takeOfClick(1), undefined)
  const late = await read([aPress("old", NOW - 5000)], 5)
  assert.deepEqual([late.pressed.length, late.pressedIn("zhangsan"), late.hasExpired], [0, undefined, true])
  const ofApp = await read(presses)
  assert.deepEqual([ofApp.takeOfClick(1)?.code, ofApp.takeOfClick(1)?.code], ["new", "old"])
})

test("a code is taken once, and again when WeCom has not used it", async () => {
  const book = await read([aPress("code", NOW)])
  const taken = book.takeOfClick(1) ?? assert.fail()
  assert.equal(book.takeOfClick(1), undefined)
  book.putBack(taken)
  assert.deepEqual(book.takeOfClick(1), taken)
})
