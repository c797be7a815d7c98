import { CHATS } from "../../model/app-kinds.ts"
import type { BesideOlder } from "../cold/apps.ts"
import type { ColdDatabase, Work } from "../cold/work.ts"
import { ownQuery } from "./cold.ts"
import { endOlder } from "./migrate.ts"
import { MIGRATIONS } from "./migrations/all.ts"
import { notKnowing } from "./nodes.ts"

export class OlderNodes implements BesideOlder {
  readonly #db: ColdDatabase
  /** True when no gateway is alive that does not know group chats as recipients, and none can start. */
  #knowsChats = false

  constructor(db: ColdDatabase) {
    this.#db = db
  }

  async allKnowChats(): Promise<boolean> {
    this.#knowsChats ||= await this.#db.change("older nodes", function* () {
      if (!(yield* allKnow(CHATS))) return false
      // Such a gateway can no longer start, so this need not be asked again.
      yield* ownQuery`${endOlder(CHATS_KNOWN_FROM)}`
      return true
    })
    return this.#knowsChats
  }

  *mayAdd(kind: string): Work<boolean> {
    return kind === "app" || (yield* allKnow(kind))
  }

  *added(kind: string): Work<void> {
    if (kind !== "app") yield* ownQuery`${endOlder(KINDS_KNOWN_FROM)}`
  }
}

function* allKnow(kind: string): Work<boolean> {
  return (yield* ownQuery`${notKnowing(kind)}`).length === 0
}

/** The schema of the first version whose nodes name the kinds that they know. */
const KINDS_KNOWN_FROM = Object.keys(MIGRATIONS).indexOf("0015-app-kinds") + 1

const CHATS_KNOWN_FROM = Object.keys(MIGRATIONS).indexOf("0019-chats") + 1
