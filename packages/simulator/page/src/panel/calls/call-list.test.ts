import assert from "node:assert/strict"
import { test } from "node:test"
import { choiceOf, filterOf, queryOf } from "./call-filter.ts"
import type { CallItem } from "./call-item.ts"
import { NO_CALLS, withFresh, withOlder, type CallList } from "./call-list.ts"
import { CALLS_PER_PAGE } from "./merge-calls.ts"

const calls = (from: number, to: number, more: Partial<CallItem> = {}): CallItem[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    seq: from + index,
    at: "2026-11-25T01:02:03.000Z",
    path: "/cgi-bin/message/send",
    query: {},
    body: null,
    body_base64: "",
    sha256: "",
    errcode: 0,
    answer: null,
    shown: [],
    suppressed: [],
    dropped: [],
    fault: null,
    ...more,
  }))
/** First and last number in sight, how many wait, and whether older ones are on offer. */
const summary = ({ calls = [], waiting, hasOlder }: CallList): unknown[] => [
  calls[0]?.seq,
  calls.at(-1)?.seq,
  waiting,
  hasOlder,
]
const watched = withFresh(NO_CALLS, "", calls(11, 60), false)

test("while the page is not being read, new calls come in by themselves, and those that are held stay", () => {
  assert.deepEqual(summary(watched), [11, 60, 0, true])
  assert.deepEqual(summary(withFresh(watched, "", calls(21, 70), false)), [11, 70, 0, true])
})

test("while the page is being read, new calls wait, but those in sight still get their answer", () => {
  const underWay = withFresh(NO_CALLS, "", calls(11, 60, { errcode: null }), false)
  const read = withFresh(underWay, "", calls(13, 62), true)
  assert.deepEqual(summary(read), [11, 60, 2, true])
  assert.deepEqual([read.calls?.[0]?.errcode, read.calls?.at(-1)?.errcode], [null, 0])
  assert.deepEqual(summary(withFresh(read, "", calls(13, 62), false)), [11, 62, 0, true])
})

test("a burst of more than a page takes nothing away from the reader", () => {
  const read = withFresh(watched, "", calls(200, 249), true)
  assert.deepEqual(summary(read), [11, 60, CALLS_PER_PAGE, true])
  assert.deepEqual(summary(withFresh(read, "", calls(200, 249), false)), [200, 249, 0, true])
})

test("after a reset the list begins anew, though it is being read", () => {
  assert.deepEqual(summary(withFresh(watched, "", calls(1, 2), true)), [1, 2, 0, false])
  assert.deepEqual(summary(withFresh(watched, "", [], true)), [undefined, undefined, 0, false])
})

test("another filter has another list", () => {
  assert.deepEqual(summary(withFresh(watched, "path=gettoken", calls(3, 3), true)), [3, 3, 0, false])
})

test("older calls come before those that are held, until there are none", () => {
  assert.deepEqual(summary(withOlder(watched, "", 11, calls(1, 10))), [1, 60, 0, false])
  assert.deepEqual(summary(withOlder(watched, "", 11, [])), [11, 60, 0, false])
  const far = withFresh(NO_CALLS, "", calls(111, 160), false)
  const further = withOlder(far, "", 111, calls(61, 110))
  assert.deepEqual(summary(further), [61, 160, 0, true])
  assert.deepEqual(summary(withFresh(further, "", calls(121, 170), false)), [61, 170, 0, true])
})

test("older calls of a list that is no longer shown, or began anew meanwhile, are left out", () => {
  assert.equal(withOlder(watched, "path=gettoken", 11, calls(1, 10)), watched)
  assert.equal(withOlder(watched, "", 51, calls(1, 50)), watched)
  const anew = withFresh(watched, "", calls(200, 249), false)
  assert.equal(withOlder(anew, "", 11, calls(1, 10)), anew)
})

function queryAt(search: string): string | undefined {
  return queryOf(filterOf(new URL(`http://a/panel${search}`)))
}

test("the filter is in the address, and asks for nothing that the simulator would refuse", () => {
  assert.deepEqual(
    ["", "?path=+message/send+&answer=81013", "?answer=-1", "?answer=refused", "?answer=x1"].map(queryAt),
    ["", "path=message%2Fsend&errcode=81013", "errcode=-1", "errcode=refused", undefined],
  )
  assert.deepEqual(["", "0", "none", "60020", "6x"].map(choiceOf), ["", "0", "none", "one", "one"])
})
