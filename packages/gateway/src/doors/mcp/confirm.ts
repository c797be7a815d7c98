import { CLIENT_CAPABILITIES_META_KEY, inputRequired, inputResponse } from "@modelcontextprotocol/server"
import type { CallToolResult, InputRequiredResult, McpServer, ServerContext } from "@modelcontextprotocol/server"
import { fieldsOf, refused } from "./results.ts"
import { say } from "./texts.ts"
import type { ToolContext } from "./tool-context.ts"

export interface Asking {
  readonly server: McpServer
  readonly context: ToolContext
  readonly call: ServerContext
  /** All arguments that the confirmation is for. */
  readonly args: object
  /** The text that the user reads. */
  readonly question: string
}

/**
 * Asks the user before a tool does something. Nothing is stored meanwhile: the client sends the answer together with the
 * signed state, to any gateway.
 * @returns undefined once the user has confirmed
 */
export async function confirm(asking: Asking): Promise<CallToolResult | InputRequiredResult | undefined> {
  const { context, call, args, question } = asking
  const { language, confirmations } = context
  const state = call.mcpReq.requestState<string>()
  if (state === undefined) {
    if (!canBeAsked(asking)) return refused("cannot_ask", language, "cannotBeAsked")
    return inputRequired({
      inputRequests: {
        [ANSWER]: inputRequired.elicit({
          message: question,
          requestedSchema: {
            type: "object",
            properties: { confirm: { type: "boolean", title: say(language, "confirmField") } },
            required: ["confirm"],
          },
        }),
      },
      requestState: await confirmations.mint(args, call),
    })
  }
  const verdict = await confirmations.check(state, args, call)
  if (verdict === "late") return refused("confirmation_expired", language, "lateConfirmation")
  if (verdict === "bad") return refused("confirmation_refused", language, "badConfirmation")
  const answer = inputResponse(call.mcpReq.inputResponses, ANSWER)
  const isConfirmed = answer.kind === "elicit" && answer.action === "accept" && answer.content?.["confirm"] === true
  return isConfirmed ? undefined : refused("not_confirmed", language, "notConfirmed")
}

const ANSWER = "confirm"

/**
 * Whether the client can show a form to its user. A client of protocol 2026-07-28 says so in each request. A client of 2025
 * says it when it connects: over stateless HTTP that is lost, and the server cannot ask the client.
 */
function canBeAsked({ server, call }: Asking): boolean {
  const ofRequest = fieldsOf(call.mcpReq.envelope)[CLIENT_CAPABILITIES_META_KEY]
  const { elicitation } = fieldsOf(ofRequest ?? server.server.getClientCapabilities())
  if (typeof elicitation !== "object" || elicitation === null) return false
  // An empty object means forms: the first version of the protocol had nothing else.
  return "form" in elicitation || Object.keys(elicitation).length === 0
}
