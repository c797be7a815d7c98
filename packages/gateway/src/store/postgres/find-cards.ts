import { SMART_ROBOT } from "@wecom-push/protocol/delivery"
import { MOST_CANDIDATES } from "../card-tasks.ts"
import type { FindCards } from "../cold/callbacks.ts"
import { query } from "../cold/work.ts"

/** Cards below a robot, of which there are few, need no index of their own, which each message would pay for. */
export const findCards: FindCards = function* (app, { from, to }) {
  return yield* query`select id, task_id from wecom_push.messages
    where app = any(array(select name from wecom_push.apps where kind = 'bot') || ${app}::text)
      and task_id between ${from} and ${to} and (app = ${app} or otherwise::json ->> 'app' = ${app})
    order by exists (
      select 1 from wecom_push.calls where message = seq and result = 'accepted'
        and (messages.app = ${app} or kind is distinct from ${SMART_ROBOT.name})
    ) desc, seq desc limit ${MOST_CANDIDATES}`
}
