import type { Priority } from "../../../model/message.ts"
import type { Adapter, Answer } from "../adapter.ts"
import { secondsOf } from "../answer-time.ts"
import { filled } from "../caller.ts"
import { own } from "../../kit/json-object.ts"
import { contentOf } from "../note.ts"
import { emptyMessage, pathNotKnown } from "../refusals.ts"
import { sentenceOf } from "../told.ts"

/**
 * Bark: `/KEY/title/body` and `POST /push`. A device key is a token.
 * @see https://bark.day.app/#/tutorial
 */
export const adapter: Adapter = {
  tokenIn: ({ path: [first] }) => (first === undefined || WORDS.has(first) ? undefined : first),
  tokensInBody: (call) => {
    const several = own(call.object(), "device_keys")
    const listed = Array.isArray(several) ? several.filter((key) => typeof key === "string") : []
    const one = call.field("device_key")
    const joined = call.isForm() ? (call.field("device_keys")?.split(",") ?? []) : []
    return [...(one === undefined ? [] : [one]), ...listed, ...joined].filter((key) => key !== "")
  },
  open: ({ path }) => {
    const [first, more] = path
    if (more !== undefined) return undefined
    if (first === "ping") return { status: 200, body: { code: 200, message: "pong", timestamp: nowSeconds() } }
    return first === "healthz" ? { status: 200, body: "ok" } : undefined
  },
  read(call) {
    const [first, ...rest] = call.path
    if (first === undefined || rest.length > 3 || (WORDS.has(first) && rest.length > 0)) throw pathNotKnown()
    const inPath = partsOf(rest)
    const title = filled(call.field("title")) ?? inPath.title
    const subtitle = filled(call.field("subtitle")) ?? inPath.subtitle
    const markdown = filled(call.field("markdown"))
    const text = markdown ?? filled(call.field("body")) ?? inPath.body ?? ""
    if (text.trim() === "" && title === undefined) throw emptyMessage("body")
    const isMarkdown = markdown !== undefined
    const whole = [title, subtitle].filter((part) => part !== undefined).join("\n")
    return {
      content: contentOf({ title: filled(whole), text, url: filled(call.field("url")), isMarkdown }),
      priority: LEVELS[call.field("level") ?? ""],
      overflow: "split",
    }
  },
  accepted: ({ id }): Answer => ({
    status: 200,
    body: { code: 200, message: "success", timestamp: secondsOf(id) },
  }),
  refused: (refused) => {
    const { status } = refused.problem
    return { status, body: { code: status, message: sentenceOf(refused), timestamp: nowSeconds() } }
  },
}

/** Words that may be in the place of a device key. */
const WORDS: ReadonlySet<string> = new Set(["push", "ping", "healthz", "info", "register"])

const LEVELS: Readonly<Record<string, Priority | undefined>> = Object.assign(Object.create(null), {
  critical: "high",
  timeSensitive: "high",
  active: "normal",
  passive: "bulk",
})

interface Parts {
  readonly title?: string | undefined
  readonly subtitle?: string | undefined
  readonly body?: string | undefined
}

function partsOf(rest: readonly string[]): Parts {
  const [one, two, three] = rest
  if (three !== undefined) return { title: one, subtitle: two, body: three }
  return two === undefined ? { body: one } : { title: one, body: two }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
