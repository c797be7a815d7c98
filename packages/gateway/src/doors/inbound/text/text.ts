import type { Adapter, Answer } from "../adapter.ts"
import type { InboundCall } from "../inbound-call.ts"
import { readNote } from "./read-note.ts"
import { pathNotKnown } from "../refusals.ts"

/** `curl -d "磁盘 91%" …/in/text?to=13800000001`: the body is the message, and headers and query contain the rest. */
export const adapter: Adapter = {
  methods: ({ path }) => (path.length === 0 ? ["POST", "PUT"] : undefined),
  read(call, { now }) {
    if (call.path.length > (isPublishing(call) ? 1 : 0)) throw pathNotKnown()
    return readNote(call, now)
  },
  accepted: ({ id, state, recipientCount }): Answer => ({
    status: 202,
    body: { id, state, recipients: recipientCount },
  }),
}

function isPublishing({ path }: InboundCall): boolean {
  return path.at(-1) === "publish"
}
