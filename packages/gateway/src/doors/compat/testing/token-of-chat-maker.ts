import assert from "node:assert/strict"
import type { OnAStore } from "../../http/testing/each-store.ts"

type Json = Record<string, unknown>

const CORP_ID = "ww0000000000000001"
/** The app `all`, which sees the whole corp, and so may have group chats. */
export const ROOT = 1_000_004

/** A token for the paths of qyapi, of a key that holds the app `all` unless it is wished otherwise. */
export async function tokenOfChatMaker({ request }: OnAStore, wish: Json = {}): Promise<string> {
  const app = { name: "all", corp_id: CORP_ID, agent_id: ROOT, secret: "sim-secret-root" }
  const { status } = await request("/v1/apps", { body: app })
  assert.ok(status === 201 || status === 409)
  const body = { name: "chats", scopes: ["send", "read"], apps: ["all"], ...wish }
  const { json, text } = await request("/v1/keys", { body })
  const answer = await request(`/cgi-bin/gettoken?corpid=${CORP_ID}&corpsecret=${json.key}`, { key: null })
  assert.equal(answer.json.errcode, 0, text)
  return String(answer.json.access_token)
}
