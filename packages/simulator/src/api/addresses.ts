import type { App } from "../org/types.ts"
import type { World } from "../world.ts"
import type { ApiAnswer, ApiCall } from "./call.ts"

/** Where callbacks come from; an entry may end in `*`. @see wecom document 92521 */
export function callbackAddresses(_world: World, _call: ApiCall, _app: App): ApiAnswer {
  return { errcode: 0, ip_list: ["127.0.0.*"] }
}

/** Addresses of the API's host. @see wecom document 92520 */
export function apiAddresses(_world: World, _call: ApiCall, _app: App): ApiAnswer {
  return { errcode: 0, ip_list: ["127.0.0.1"] }
}
