import assert from "node:assert/strict"
import { test } from "node:test"
import { partsOfTrace, readTrace, traceField, traceHeaders, writeTrace } from "./trace.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"
const GIVEN = `00-${TRACE}-${SPAN}-01`

// proves 30.trace: what is malformed
test("30.trace: a traceparent is read as W3C Trace Context writes it, and a malformed one begins a new trace", () => {
  const cases: readonly (readonly [given: unknown, read: string | undefined])[] = [
    [GIVEN, GIVEN],
    [` ${GIVEN} `, GIVEN],
    [`00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-00`],
    // Undefined flags are not passed on.
    [`00-${TRACE}-${SPAN}-ff`, `00-${TRACE}-${SPAN}-03`],
    // From a later version, the fields that this version defines are read.
    [`cc-${TRACE}-${SPAN}-01`, GIVEN],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-brings`, GIVEN],
    [`cc-${TRACE}-${SPAN}-01.what`, undefined],
    [`00-${TRACE}-${SPAN}-01-more`, undefined],
    [`ff-${TRACE}-${SPAN}-01`, undefined],
    [`00-${"0".repeat(32)}-${SPAN}-01`, undefined],
    [`00-${TRACE}-${"0".repeat(16)}-01`, undefined],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, undefined],
    [`00-${TRACE.slice(1)}-${SPAN}-01`, undefined],
    [`00-${TRACE}-${SPAN}-1`, undefined],
    [`00-${TRACE}-${SPAN}`, undefined],
    // Node's form of a header that comes twice.
    [`${GIVEN}, ${GIVEN}`, undefined],
    ["", undefined],
    ["-".repeat(100_000), undefined],
    [undefined, undefined],
    [[GIVEN], undefined],
    [7, undefined],
  ]
  for (const [given, read] of cases) assert.equal(readTrace(given, undefined), read, String(given).slice(0, 80))
})

test("30.trace: a tracestate goes with its traceparent, and one that cannot be read is left out", () => {
  const cases: readonly (readonly [given: unknown, read: string])[] = [
    ["vendor=opaque", `${GIVEN} vendor=opaque`],
    ["a=1 , t@b=2,,", `${GIVEN} a=1,t@b=2`],
    ["a=1,broken", GIVEN],
    ["Upper=1", GIVEN],
    ["a=\u{7f}", GIVEN],
    ["a=1\nb: 2", GIVEN],
    [`a=${"x".repeat(511)}`, GIVEN],
    [Array.from({ length: 33 }, (_, index) => `k${index}=1`).join(","), GIVEN],
    ["", GIVEN],
    [undefined, GIVEN],
  ]
  for (const [state, read] of cases) assert.equal(readTrace(GIVEN, state), read, String(state).slice(0, 80))
  assert.equal(readTrace("broken", "a=1"), undefined)
})

test("30.trace: a trace is written as it was read, and says what a request and a line of the log need of it", () => {
  const withState = `${GIVEN} a=1,b=2`
  for (const trace of [GIVEN, withState]) assert.equal(writeTrace(partsOfTrace(trace)), trace)
  assert.deepEqual(partsOfTrace(withState), { traceId: TRACE, spanId: SPAN, flags: 1, state: "a=1,b=2" })
  assert.deepEqual(traceHeaders(GIVEN), { traceparent: GIVEN })
  assert.deepEqual(traceHeaders(withState), { traceparent: GIVEN, tracestate: "a=1,b=2" })
  assert.equal(traceHeaders(undefined), undefined)
  assert.deepEqual([traceField({ trace: withState }), traceField({})], [{ trace_id: TRACE }, {}])
})
