import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server"
import type { Language } from "@wecom-push/protocol"
import { failed, refused } from "../results.ts"
import { say } from "../texts.ts"
import type { ToolAnswer, ToolServer } from "./add-tool.ts"

/**
 * Answers `tools/call` instead of the library, whose refusals of an unknown tool and of too many values are only in English.
 * Must be called after the last tool was added: adding the first tool sets the library's own handler.
 */
export function answerCalls({ listing, byName }: ToolServer, language: Language): void {
  listing.server.setRequestHandler("tools/call", async ({ params: { name, arguments: given = {} } }, call) => {
    const run = byName.get(name)
    if (run === undefined) throw unknownTool(name, byName.keys(), language)
    if (hasMoreValues(given, MOST_VALUES))
      return refused("too_many", language, "tooManyValues", { limit: `${MOST_VALUES}` })
    return runSafely(() => run(given, call))
  })
}

/** The protocol asks for an error here, not for the result of a tool. */
function unknownTool(name: string, known: Iterable<string>, language: Language): ProtocolError {
  const values = { name: name.slice(0, LONGEST_NAME), names: [...known].join(", ") }
  return new ProtocolError(ProtocolErrorCode.InvalidParams, say(language, "unknownTool", values))
}

const LONGEST_NAME = 100

async function runSafely(run: () => ToolAnswer | Promise<ToolAnswer>): Promise<ToolAnswer> {
  try {
    return await run()
  } catch (error) {
    return failed({ code: "internal", detail: error instanceof Error ? error.message : String(error) })
  }
}

/** Ten times the longest list that a tool takes. */
const MOST_VALUES = 10_000

/** Counts entries of lists and fields of objects at any depth, without recursion, because a client chooses the depth. */
function hasMoreValues(given: unknown, most: number): boolean {
  const left = [given]
  let count = 0
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value !== "object" || value === null) continue
    for (const child of Object.values(value)) {
      if (++count > most) return true
      left.push(child)
    }
  }
  return false
}
