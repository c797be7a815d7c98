import { SMART_ROBOT } from "@wecom-push/protocol/delivery"
import { MOST_CANDIDATES } from "../card-tasks.ts"
import type { FindCards } from "../cold/callbacks.ts"
import { query } from "../cold/work.ts"

/**
 * Cards that the app sent for a robot get no index of their own, which each message would pay for; the robot may have
 * been removed since. Instead the names of all apps with cards are read one by one from the existing index.
 */
export const findCards: FindCards = function* (app, msgtype, { from, to }) {
  return yield* query`with recursive with_cards (app) as (
      (select app from wecom_push.messages where task_id is not null order by app limit 1)
      union all
      select (
        select app from wecom_push.messages where task_id is not null and app > with_cards.app order by app limit 1
      ) from with_cards where app is not null
    )
    select id, app, task_id from wecom_push.messages
    where app = any(array(select app from with_cards where app is not null)) and msgtype = ${msgtype}
      and task_id between ${from} and ${to} and (app = ${app} or otherwise::json ->> 'app' = ${app})
    order by exists (
      select 1 from wecom_push.calls where message = seq and result = 'accepted'
        and (messages.app = ${app} or kind is distinct from ${SMART_ROBOT.name})
    ) desc, seq desc limit ${MOST_CANDIDATES}`
}
