import type { AppRecord } from "../../model/ports/apps.ts"
import type { ChatRecord } from "../../model/ports/chats.ts"
import type { ChatChange } from "../../model/ports/dispatcher.ts"
import type { AuditNote } from "./audit-trail.ts"

interface Done extends Pick<AuditNote, "key" | "peer"> {
  readonly app: Pick<AppRecord, "name">
}

/** The note for the audit trail that a chat was created. */
export function chatCreated({ key, peer, app }: Done, { chatid, members }: ChatRecord): AuditNote {
  const detail = { members: members.length }
  return { key, peer, action: "chat.created", target: chatid, apps: [app.name], detail }
}

/** The note for the audit trail that a chat was changed. */
export function chatChanged({ key, peer, app }: Done, chatid: string, change: ChatChange): AuditNote {
  const { name, owner, add, remove } = change
  const detail = { name: name !== undefined, owner: owner !== undefined, added: add.length, removed: remove.length }
  return { key, peer, action: "chat.changed", target: chatid, apps: [app.name], detail }
}
