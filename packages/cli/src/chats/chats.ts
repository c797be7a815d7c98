import type { ChatInfo, NewChat } from "@wecom-push/sdk"
import type { CommandFault } from "../command-error.ts"
import { readSettings } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import type { ChatFlags } from "../flags.ts"
import { goesThroughGateway, unfitFlags } from "../gateway-flags.ts"
import { splitList } from "../gateway/split-list.ts"
import { say } from "../texts.ts"
import { withWeCom } from "../with-wecom.ts"
import { chatsOf } from "./chats-of.ts"
import type { Chats } from "./chats-of.ts"

/** Makes a group chat. Only its chatid is on stdout, so that a script can read it. */
export async function createChat(flags: ChatFlags, context: Context): Outcome {
  const { output, language } = context
  const userlist = splitList(flags.user ?? [])
  const faults: CommandFault[] = []
  if (userlist.length < 2) faults.push({ path: "--user", message: say(language, "chatMembers") })
  return withChats(flags, faults, context, async (chats) => {
    const { chatid: wanted, name, owner } = flags
    const chat: NewChat = {
      ...(wanted === undefined ? {} : { chatid: wanted }),
      ...(name === undefined ? {} : { name }),
      ...(owner === undefined ? {} : { owner }),
      userlist,
    }
    const chatid = await chats.create(chat)
    if (output.json) output.data(JSON.stringify({ ok: true, chatid, error: null }))
    else {
      output.note(say(language, "chatMade"))
      output.data(chatid)
    }
  })
}

export async function getChat(given: string, flags: ChatFlags, context: Context): Outcome {
  const chatid = given.trim()
  const faults = chatidFaults(chatid, context)
  return withChats(flags, faults, context, async (chats) => tellChat(await chats.get(chatid), context))
}

export async function updateChat(given: string, flags: ChatFlags, context: Context): Outcome {
  const { language } = context
  const chatid = given.trim()
  const { name, owner } = flags
  const [added, removed] = [splitList(flags.add ?? []), splitList(flags.remove ?? [])]
  const change = {
    ...(name === undefined ? {} : { name }),
    ...(owner === undefined ? {} : { owner }),
    ...(added.length === 0 ? {} : { add_user_list: added }),
    ...(removed.length === 0 ? {} : { del_user_list: removed }),
  }
  const faults = chatidFaults(chatid, context)
  if (Object.keys(change).length === 0) faults.push({ path: "--name", message: say(language, "chatNoChange") })
  return withChats(flags, faults, context, async (chats) => tellChat(await chats.update(chatid, change), context))
}

function chatidFaults(chatid: string, { language }: Context): CommandFault[] {
  return chatid === "" ? [{ path: "chatid", message: say(language, "emptyList") }] : []
}

/** Works with the chats of WeCom, or of a gateway when one is named. */
async function withChats(
  flags: ChatFlags,
  faults: readonly CommandFault[],
  context: Context,
  work: (chats: Chats) => Promise<void>,
): Outcome {
  const read = await readSettings(flags, context)
  const isThrough = goesThroughGateway(flags, read)
  const all = [...faults, ...unfitFlags(flags, read, context.language, isThrough)]
  if (isThrough) {
    const { withChatsOfGateway } = await import("../gateway/chats.ts")
    return withChatsOfGateway({ flags, read, faults: all }, context, work)
  }
  return withWeCom(read, all, context, (wecom, signal) => work(chatsOf(wecom, signal)))
}

function tellChat(chat: ChatInfo, { output, language }: Context): void {
  if (output.json) {
    output.data(JSON.stringify({ ok: true, chat, error: null }))
    return
  }
  const { chatid, name, owner, userlist } = chat
  output.data(output.paintData("bold", `${chatid}  ${name}`))
  output.data(say(language, "chatOwnerIs", { owner }))
  output.data(say(language, "chatMembersAre", { count: userlist.length, userids: userlist.join(", ") }))
}
