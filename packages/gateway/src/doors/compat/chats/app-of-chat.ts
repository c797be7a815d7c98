import type { AppRecord } from "../../../model/ports/apps.ts"
import { appNamed } from "../callers.ts"
import type { Caller } from "../callers.ts"
import type { CompatRequest } from "../compat-request.ts"
import type { CompatDeps } from "../deps.ts"
import { Refusal } from "../refusal.ts"

/**
 * The app of a group chat call, which does not name one in its body. It is the app that `agentid` in the query names, else
 * the only app of the key, else the app that has made the chat, if the gateway knows it.
 * @param readChatid called only if that decides; undefined for a chat that does not exist yet
 * @throws {Refusal} 41011, 40056, 301002
 */
export async function appOfChat(
  { stores }: Pick<CompatDeps, "stores">,
  caller: Caller,
  request: CompatRequest,
  readChatid: () => string | undefined,
): Promise<AppRecord> {
  const named = request.queryText("agentid")
  if (named !== "") {
    if (!/^\d{1,15}$/.test(named)) throw new Refusal(40056, "agentid in the query is a whole number")
    return appNamed(caller, Number(named))
  }
  const [only, another] = caller.apps
  if (only !== undefined && another === undefined) return only
  const chatid = readChatid()
  const chat = chatid === undefined ? undefined : await stores.chats.get(caller.corpId, chatid)
  const maker = caller.apps.find(({ agentId }) => agentId === chat?.agentId)
  if (maker !== undefined) return maker
  throw new Refusal(41011, "the key holds several apps; name the chat's by agentid in the query")
}
