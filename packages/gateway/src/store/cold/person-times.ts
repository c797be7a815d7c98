import { partyKey } from "../../model/party.ts"
import type { Party } from "../../model/party.ts"
import type { NewEvent } from "../../model/ports/events.ts"
import type { PersonTimes, PersonTimesTaken, PersonTimesWish } from "../../model/ports/person-times.ts"
import { flag, integer, text } from "../row.ts"
import type { Row } from "../row.ts"
import type { Parties } from "./parties.ts"
import { lock, onlyRow, query, report } from "./work.ts"
import type { ColdDatabase, Work } from "./work.ts"

export class StoredPersonTimes implements PersonTimes {
  readonly #db: ColdDatabase
  readonly #parties: Parties

  constructor(db: ColdDatabase, parties: Parties) {
    this.#db = db
    this.#parties = parties
  }

  async take(wish: PersonTimesWish): Promise<PersonTimesTaken> {
    const parties = this.#parties
    // Each message takes some person-times, and this one statement is enough for nearly all of them.
    const isTaken = await this.#db.write(() => takeQuietly(parties, wish), nameOf(wish.party))
    if (isTaken) return { granted: wish.wanted, news: undefined }
    return this.#db.change(nameOf(wish.party), () => takeAndTell(parties, wish))
  }

  giveBack(party: Party, day: string, count: number): Promise<void> {
    const parties = this.#parties
    const giveBack = function* (): Work<void> {
      const id = yield* parties.find(party)
      if (id === undefined) return
      yield* query`update wecom_push.person_times set taken = case when taken > ${count} then taken - ${count} else 0 end
        where agent = ${id} and day = ${day}`
    }
    return this.#db.write(giveBack, nameOf(party))
  }

  taken(party: Party, day: string): Promise<number> {
    const parties = this.#parties
    return this.#db.read(function* () {
      const id = yield* parties.find(party)
      if (id === undefined) return 0
      const [row] = yield* query`select taken from wecom_push.person_times where agent = ${id} and day = ${day}`
      return row === undefined ? 0 : integer(row, "taken")
    })
  }
}

function nameOf(party: Party): string {
  return `person-times ${partyKey(party)}`
}

/**
 * Takes all of the wanted person-times, or none.
 * @returns false where none were taken: not all are left, an event has to be written, or the day has no row yet
 */
function* takeQuietly(parties: Parties, { party, day, wanted, limit, lowFrom }: PersonTimesWish): Work<boolean> {
  const id = yield* parties.find(party)
  if (id === undefined) return false
  const taken = yield* query`update wecom_push.person_times set taken = taken + ${wanted}
    where agent = ${id} and day = ${day} and taken + ${wanted} <= ${toInteger(Math.floor(limit))}
      and (told_low or taken + ${wanted} < ${toInteger(Math.ceil(lowFrom))})
    returning taken`
  return taken.length > 0
}

function* takeAndTell(parties: Parties, wish: PersonTimesWish): Work<PersonTimesTaken> {
  const { party, day, wanted, limit, lowFrom } = wish
  const id = yield* parties.idOf(party)
  const before = yield* lockDay(id, day)
  const granted = Math.max(0, Math.min(wanted, Math.floor(limit) - integer(before, "taken")))
  const taken = integer(before, "taken") + granted
  const isSpent = granted < wanted && !flag(before, "told_spent")
  const isLow = !isSpent && taken >= lowFrom && !flag(before, "told_low")
  if (granted === 0 && !isSpent && !isLow) return { granted, news: undefined }
  yield* query`update wecom_push.person_times set taken = ${taken},
      told_low = ${flag(before, "told_low") || isLow}, told_spent = ${flag(before, "told_spent") || isSpent}
    where agent = ${id} and day = ${day}`
  if (!isSpent && !isLow) return { granted, news: undefined }
  const news = isSpent ? "spent" : "low"
  yield* report(yield* newsOf(wish, news, taken))
  return { granted, news }
}

function* lockDay(id: number, day: string): Work<Row> {
  const find = (): Work<readonly Row[]> =>
    lock`select taken, told_low, told_spent from wecom_push.person_times where agent = ${id} and day = ${day}`
  const [row] = yield* find()
  if (row !== undefined) return row
  yield* query`insert into wecom_push.person_times (agent, day, taken) values (${id}, ${day}, 0) on conflict do nothing`
  return onlyRow(yield* find())
}

/** One event for each app of the party. */
function* newsOf({ party, day, at }: PersonTimesWish, news: "low" | "spent", taken: number): Work<readonly NewEvent[]> {
  const apps = yield* query`select name from wecom_push.apps
    where kind = ${party.kind} and corp_id = ${party.corpId} and agent_id = ${Number(party.partyId)} order by name`
  const data = { day, person_times: taken }
  return apps.map((row) => ({ at, type: `app.quota_${news}`, app: text(row, "name"), messageId: undefined, data }))
}

/** No database has an infinite integer. */
function toInteger(limit: number): number {
  return Math.min(limit, Number.MAX_SAFE_INTEGER)
}
