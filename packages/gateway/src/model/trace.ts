/**
 * The trace that work belongs to, as a message keeps it: a `traceparent` of W3C Trace Context, followed by a space and
 * its `tracestate` if it has one.
 * @see https://www.w3.org/TR/trace-context/
 */
export type Trace = string

/**
 * The trace of a request. Undefined when it has none, or none that can be read: the standard then asks for a new trace,
 * and not for a refusal.
 */
export function readTrace(traceparent: unknown, tracestate: unknown): Trace | undefined {
  if (typeof traceparent !== "string") return undefined
  const found = TRACEPARENT.exec(traceparent.trim())?.groups
  if (found === undefined) return undefined
  const { version = "", traceId = "", spanId = "", flags = "", rest = "" } = found
  if (version === "ff" || traceId === NO_TRACE_ID || spanId === NO_SPAN_ID) return undefined
  // A later version may append more; the first one may not.
  if (version === "00" && rest !== "") return undefined
  return writeTrace({ traceId, spanId, flags: Number.parseInt(flags, 16) & KNOWN_FLAGS, state: readState(tracestate) })
}

export interface TraceParts {
  readonly traceId: string
  readonly spanId: string
  /** 1: sampled. 2: the trace's id is random. */
  readonly flags: number
  readonly state: string | undefined
}

export function writeTrace({ traceId, spanId, flags, state }: TraceParts): Trace {
  const traceparent = `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}`
  return state === undefined ? traceparent : `${traceparent} ${state}`
}

export function partsOfTrace(trace: Trace): TraceParts {
  const flags = Number.parseInt(trace.slice(53, 55), 16)
  return { traceId: traceIdOf(trace), spanId: trace.slice(36, 52), flags, state: trace.slice(56) || undefined }
}

function traceIdOf(trace: Trace): string {
  return trace.slice(3, 35)
}

/** Headers for a request that belongs to it; undefined when there is no trace. */
export function traceHeaders(trace: Trace | undefined): Readonly<Record<string, string>> | undefined {
  if (trace === undefined) return undefined
  const traceparent = trace.slice(0, 55)
  return trace.length === 55 ? { traceparent } : { traceparent, tracestate: trace.slice(56) }
}

/** A field for a log line about a message. */
export function traceField({ trace }: { readonly trace?: Trace }): { readonly trace_id?: string } {
  return trace === undefined ? NO_FIELD : { trace_id: traceIdOf(trace) }
}

const NO_FIELD = {}
const TRACEPARENT =
  /^(?<version>[\da-f]{2})-(?<traceId>[\da-f]{32})-(?<spanId>[\da-f]{16})-(?<flags>[\da-f]{2})(?<rest>-.*)?$/
const NO_TRACE_ID = "0".repeat(32)
const NO_SPAN_ID = "0".repeat(16)
/** Other flags are undefined yet, and are not passed on. */
const KNOWN_FLAGS = 0b11

/** The state, unchanged, where all of it can be read; otherwise the state is dropped and the trace stays. */
function readState(tracestate: unknown): string | undefined {
  if (typeof tracestate !== "string" || tracestate.length > MAX_STATE_LENGTH) return undefined
  const members = tracestate
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "")
  if (members.length === 0 || members.length > MAX_STATE_MEMBERS) return undefined
  return members.every((member) => STATE_MEMBER.test(member)) ? members.join(",") : undefined
}

const MAX_STATE_LENGTH = 512
const MAX_STATE_MEMBERS = 32
/** `key=value`; an `@` separates tenant and vendor. */
const STATE_MEMBER = /^[a-z\d][a-z\d_*/@-]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/
