import { SMART_ROBOT } from "@wecom-push/protocol/delivery"
import { MOST_CANDIDATES } from "../card-tasks.ts"
import type { CardSearch } from "../card-tasks.ts"
import type { FindCards } from "../cold/callbacks.ts"
import { query } from "../cold/work.ts"
import type { Work } from "../cold/work.ts"
import type { Row } from "../row.ts"

export const findCards: FindCards = (app, msgtype, search) =>
  msgtype === "taskcard" ? findTaskCards(app, search) : findTemplateCards(app, search)

/**
 * By exactly the expression of the index. A card below a robot, which may have been removed since, needs none of its own, which
 * each message would pay for: of the index that is there the names of apps are read, one by one.
 */
function* findTemplateCards(app: string, { from, to }: CardSearch): Work<readonly Row[]> {
  return yield* query`with recursive with_cards (app) as (
      select min(app) from messages indexed by messages_by_task where msgtype = 'template_card'
      union all
      select (
        select min(app) from messages indexed by messages_by_task where msgtype = 'template_card' and app > with_cards.app
      ) from with_cards where with_cards.app is not null
    ),
    cards as (
      select id, seq, app, (case when json_valid(parts) then json_extract(parts, '$.template_card.task_id') end) as task_id
      from messages where app in (select app from with_cards)
        and msgtype = 'template_card' and (app = ${app} or json_extract(otherwise, '$.app') = ${app})
    )
    select id, app, task_id from cards where task_id between ${from} and ${to}
    order by exists (
      select 1 from calls where message = seq and result = 'accepted'
        and (cards.app = ${app} or kind is not ${SMART_ROBOT.name})
    ) desc, seq desc limit ${MOST_CANDIDATES}`
}

/** By exactly the expression of their index. No robot sends them. */
function* findTaskCards(app: string, { from, to }: CardSearch): Work<readonly Row[]> {
  return yield* query`with cards as (
      select id, seq, app, (case when json_valid(parts) then json_extract(parts, '$.taskcard.task_id') end) as task_id
      from messages where app = ${app} and msgtype = 'taskcard'
    )
    select id, app, task_id from cards where task_id between ${from} and ${to}
    order by exists (select 1 from calls where message = seq and result = 'accepted') desc, seq desc
    limit ${MOST_CANDIDATES}`
}
