import { sql } from "kysely"
import type { Kysely } from "kysely"

/**
 * Returns the open messages of a lane after a place, in the order of the lane, until `holders` messages were returned that
 * hold the lane without an end. In a plain statement, without statistics of the table, the planner reads all messages of the
 * app and sorts them, so that each read would take in the whole lane. In this function the planner may not sort.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create function wecom_push.lane_members(
      of_app text, of_key text, after_at bigint, after_seq bigint, holders integer
    ) returns table (seq bigint, lane_at bigint, behind boolean, lane_until bigint)
    language plpgsql stable set enable_sort = off as $$
    begin
      for seq, lane_at, behind, lane_until in
        select member.seq, member.lane_at, member.behind, member.lane_until from wecom_push.messages as member
        where member.app = of_app and member.order_key = of_key and member.state = 'open'
          and (member.lane_at, member.seq) > (after_at, after_seq)
        order by member.lane_at, member.seq
      loop
        return next;
        if lane_until is null then holders := holders - 1; end if;
        exit when holders < 1;
      end loop;
    end $$`.execute(db)
}
