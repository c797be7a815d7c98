import { SMART_ROBOT } from "@wecom-push/protocol/delivery"
import { MOST_CANDIDATES } from "../card-tasks.ts"
import type { FindCards } from "../cold/callbacks.ts"
import { query } from "../cold/work.ts"

/**
 * By exactly the expression of the index. Cards below a robot, of which there are few, need none of their own, which each
 * message would pay for.
 */
export const findCards: FindCards = function* (app, { from, to }) {
  return yield* query`with cards as (
      select id, seq, app, (case when json_valid(parts) then json_extract(parts, '$.template_card.task_id') end) as task_id
      from messages where app in (select ${app} union select name from apps where kind = 'bot')
        and msgtype = 'template_card' and (app = ${app} or json_extract(otherwise, '$.app') = ${app})
    )
    select id, task_id from cards where task_id between ${from} and ${to}
    order by exists (
      select 1 from calls where message = seq and result = 'accepted'
        and (cards.app = ${app} or kind is not ${SMART_ROBOT.name})
    ) desc, seq desc limit ${MOST_CANDIDATES}`
}
