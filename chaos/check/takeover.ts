import type { Happening } from "../history.ts"
import { SEND_PATH } from "./evidence.ts"
import type { Evidence, Fault, LedgerCall } from "./evidence.ts"
import { Findings } from "./findings.ts"
import { nodesIn } from "./posts.ts"

/** A living node takes over the work of a dead node within `takeoverMs`, as long as the database is there. */
export function judgeTakeovers({ happenings }: Pick<Evidence, "happenings">, takeoverMs: number): Fault[] {
  const findings = new Findings()
  for (const ms of takeoversIn(happenings)) {
    if (ms > takeoverMs) findings.add("unbounded", "what a dead node had at work was left to it", `${ms} ms`)
  }
  return findings.list()
}

/** For each node that died: how long another node that could have taken over its work did not, in milliseconds. */
export function takeoversIn(happenings: readonly Happening[]): number[] {
  const able = Array.from({ length: nodesIn(happenings) }, (_, index) => ableSpans(happenings, index + 1)).flat()
  return happenings.flatMap((one) => {
    if (one.kind !== "taken_over") return []
    const spans = able.map(({ from, until }) => Math.min(until, one.at) - Math.max(from, one.at - one.afterMs))
    return Math.max(0, ...spans)
  })
}

interface Span {
  readonly from: number
  readonly until: number
}

/** When a node lived, took requests and had its database. */
function ableSpans(happenings: readonly Happening[], node: number): Span[] {
  const spans: Span[] = []
  let from: number | undefined
  const end = (at: number): void => {
    if (from !== undefined && at > from) spans.push({ from, until: at })
    from = undefined
  }
  for (const one of happenings) {
    if (one.kind === "database" && (one.node === null || one.node === node)) {
      const wasAble = from !== undefined
      end(one.at - one.forMs)
      if (wasAble) from = one.at + DATABASE_IS_BACK_MS
    }
    if (one.kind === "paused" && one.node !== node) {
      const wasAble = from !== undefined
      end(one.at)
      if (wasAble) from = one.at + HELD_BY_THE_FROZEN_MS
    }
    if (!("node" in one) || one.node !== node) continue
    if (one.kind === "started") from = one.at
    if (one.kind === "died") end(one.at)
    if (one.kind === "stopped") end(one.at - one.afterMs)
    if (one.kind === "paused") {
      end(one.at)
      from = one.at + one.forMs
    }
  }
  end(Infinity)
  return spans
}

/** A call that a node had under way when it died or was paused, and that another node, alive all the time, made again. */
export interface MadeAgain {
  readonly why: "died" | "paused"
  readonly afterMs: number
}

/** Taken from WeCom's ledger, so the times include faults on the wire, and the time in which an app was closed. */
export function madeAgain({ happenings, calls }: Pick<Evidence, "happenings" | "calls">): MadeAgain[] {
  const sends = calls.filter(({ path }) => path === SEND_PATH)
  const byExchange = new Map(sends.map((call) => [call.exchange, call]))
  const byBytes = Map.groupBy(sends, bytesOf)
  return happenings.flatMap((one) => {
    if (one.kind !== "died" && one.kind !== "paused") return []
    const end = one.kind === "paused" ? one.at + one.forMs : Infinity
    return one.underWay.flatMap((exchange) => {
      const call = byExchange.get(exchange)
      const again =
        call &&
        byBytes.get(bytesOf(call))?.find((other) => other.at > one.at && other.at < end && other.node !== one.node)
      if (again?.node === undefined) return []
      const wasThere = ableSpans(happenings, again.node).some(({ from, until }) => from <= one.at && until >= again.at)
      return wasThere ? { why: one.kind, afterMs: again.at - one.at } : []
    })
  })
}

function bytesOf({ agentId, sha256 }: LedgerCall): string {
  return `${agentId} ${sha256}`
}

/** A node that is paused inside a transaction holds its locks until the server ends its connection. */
const HELD_BY_THE_FROZEN_MS = 4000
/** The time within which a node has a new session. */
const DATABASE_IS_BACK_MS = 1000
