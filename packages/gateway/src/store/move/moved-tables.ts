import { PARTY_ID } from "../postgres/parties.ts"
import { textOf } from "../sqlite/large-texts.ts"

/** `bool` is an integer of 0 and 1 in SQLite. Each may be null. */
export type Kind = "int" | "text" | "bool"
export type Cell = string | number | boolean | null

/** The differences of a table in one of the two stores. */
export interface InStore {
  /** Replaces the common name. */
  readonly table?: string
  /** Replaces the common key. */
  readonly key?: readonly string[]
  readonly where?: string
  /** SQL that replaces the column of that name when it is read. */
  readonly read?: Readonly<Record<string, string>>
  /** The SQL value of a column, in terms of the values (`:name`); null for a column that this store lacks. */
  readonly write?: Readonly<Record<string, string | null>>
  /** Columns that keep a new row's default, and why. */
  readonly left?: Readonly<Record<string, string>>
}

/** A table that both stores have, with the columns by which rows are compared. */
export interface MovedTable {
  readonly name: string
  /** The key by which the table is read in slices. */
  readonly key: readonly string[]
  readonly columns: Readonly<Record<string, Kind>>
  readonly rowsAtOnce: number
  /** `{schema}` is put before the name of a table. */
  readonly where?: string
  readonly sqlite?: InStore
  readonly postgres?: InStore
}

// Not `exists`, which a planner may turn into a join that reads both tables whole for each slice.
const ofMessages = (table: string): string =>
  `(select 1 from {schema}messages where messages.seq = ${table}.message) is not null`
/** Converts lifetimes to those of a database whose clock was never set. */
function livesFrom(setBy: string, moves: string): Readonly<Record<"expires_at" | "clock_set", string>> {
  return {
    expires_at: `case when ${moves} then expires_at + coalesce((${setBy}), 0) - clock_set else expires_at end`,
    clock_set: "case when clock_set is null then null else 0 end",
  }
}

const hasCalls = (schema: string): string =>
  `(select 1 from ${schema}calls where calls.message = messages.seq limit 1) is not null`

/** No process has this number: the first process that starts takes the recall over. */
const RECALLED_BY_NONE = "case when :recalling is not null then 0 end"

/** The two stores write this JSON differently, and it concerns one day only. */
const HELD_ANEW = "the shares of the day begin anew"

/** The tables, in the order in which they are moved. */
export const MOVED_TABLES: readonly MovedTable[] = [
  {
    name: "agents",
    key: ["id"],
    columns: { id: "int", kind: "text", corp_id: "text", party_id: "text" },
    rowsAtOnce: 1000,
    sqlite: { table: "parties" },
    postgres: {
      // The column as older versions write an app's party.
      read: { party_id: PARTY_ID },
      write: {
        agent_id: "case when :kind = 'app' then :party_id::bigint end",
        party_id: "case when :kind <> 'app' then :party_id end",
      },
    },
  },
  {
    name: "apps",
    key: ["name"],
    columns: {
      name: "text",
      kind: "text",
      corp_id: "text",
      agent_id: "int",
      created_at: "int",
      updated_at: "int",
      settings: "text",
      pause: "text",
      // Sealed with the master key, which is the same on both sides.
      secrets: "text",
      version: "int",
    },
    rowsAtOnce: 200,
  },
  { name: "corps", key: ["corp_id"], columns: { corp_id: "text", settings: "text", version: "int" }, rowsAtOnce: 500 },
  {
    name: "keys",
    key: ["id"],
    columns: {
      id: "text",
      client: "text",
      name: "text",
      prefix: "text",
      hash: "text",
      scopes: "text",
      apps: "text",
      audience_cap: "int",
      overflow: "text",
      created_at: "int",
      revoked_at: "int",
      last_used_at: "int",
      version: "int",
    },
    rowsAtOnce: 500,
  },
  {
    name: "sources",
    key: ["id"],
    columns: {
      id: "text",
      name: "text",
      adapter: "text",
      app: "text",
      audience: "text",
      priority: "text",
      template: "text",
      // Sealed with the master key, which is the same on both sides.
      signing_secret: "text",
      prefix: "text",
      hash: "text",
      old_hash: "text",
      old_until: "int",
      created_at: "int",
      last_used_at: "int",
      version: "int",
    },
    rowsAtOnce: 500,
  },
  {
    name: "messages",
    key: ["seq"],
    columns: {
      seq: "int",
      id: "text",
      app: "text",
      state: "text",
      priority: "int",
      due_at: "int",
      accepted_at: "int",
      send_at: "int",
      expires_at: "int",
      finished_at: "int",
      reopened_at: "int",
      recipients: "int",
      chunk_count: "int",
      counts: "text",
      key_id: "text",
      msgtype: "text",
      order_key: "text",
      lane_at: "int",
      lane_until: "int",
      behind: "bool",
      started: "bool",
      check_seconds: "int",
      problem: "text",
      parts: "text",
      chunk: "text",
      warnings: "text",
      clock_set: "int",
      expiry_moves: "bool",
      recall: "text",
      recalling: "int",
      trace: "text",
      otherwise: "text",
    },
    rowsAtOnce: 200,
    sqlite: {
      read: {
        started: hasCalls(""),
        parts: textOf("parts", "messages.seq", "0"),
        ...livesFrom("select value from meta where name = 'clock_set'", "expiry_moves = 1"),
      },
      write: { started: "case when :state = 'open' then :started else 0 end", recalling: RECALLED_BY_NONE },
      left: { listed: "made of the others" },
    },
    postgres: {
      read: {
        started: hasCalls("wecom_push."),
        ...livesFrom("select value::bigint from wecom_push.meta where name = 'clock_set'", "expiry_moves"),
      },
      write: {
        started: null,
        task_id: ":task_id",
        recalling: RECALLED_BY_NONE,
        // Apps are moved before messages.
        by_holder: "exists (select from wecom_push.apps where apps.name = :app and apps.kind = 'bot')",
      },
      left: {
        job: "jobs are made anew at the end of a move",
        worker: "no worker has it",
        version: "counts changes while a worker has it",
        by_holder: "follows from the kind of its app",
      },
    },
  },
  {
    name: "chunks",
    key: ["message", "place"],
    columns: { message: "int", place: "int", mask: "int", data: "text" },
    rowsAtOnce: 50,
    where: ofMessages("chunks"),
  },
  {
    name: "calls",
    key: ["message", "number"],
    columns: {
      message: "int",
      number: "int",
      part: "int",
      final: "bool",
      in_flight: "bool",
      attempts: "int",
      spent: "int",
      crashes: "int",
      may_have_arrived: "bool",
      first_try_at: "int",
      started_at: "int",
      finished_at: "int",
      retry_at: "int",
      result: "text",
      errcode: "int",
      errmsg: "text",
      reason: "text",
      msgid: "text",
      response_code: "text",
      recalled_at: "int",
      check_seconds: "int",
      agent: "int",
      kind: "text",
      guard: "text",
      positions: "text",
      checksum: "int",
      body: "text",
      host: "int",
      host_number: "int",
    },
    rowsAtOnce: 100,
    where: ofMessages("calls"),
    sqlite: {
      read: {
        in_flight: "in_flight_by is not null",
        body: textOf("body", "calls.message", "calls.number"),
        // Times as a process on this file reads them: shifted by how much the clock has been set since they were
        // written.
        first_try_at: "first_try_at + (select value from meta where name = 'turned') - clock_offset_ms",
        retry_at: "retry_at + (select value from meta where name = 'turned') - clock_offset_ms",
      },
      // No process has the run number 0: the next process treats calls in flight as after a crash.
      write: { in_flight: null, in_flight_by: "case when :in_flight then 0 end" },
      left: { clock_offset_ms: "times are put right as they are read" },
    },
    postgres: {
      read: { in_flight: "flight is not null" },
      // The node of this move is not alive: the next node treats calls in flight as after a crash.
      write: { in_flight: null, flight: "case when :in_flight then {node} end" },
    },
  },
  {
    name: "attempts",
    key: ["message", "call", "number"],
    columns: {
      message: "int",
      call: "int",
      number: "int",
      started_at: "int",
      finished_at: "int",
      result: "text",
      errcode: "int",
      errmsg: "text",
    },
    rowsAtOnce: 500,
    where: ofMessages("attempts"),
  },
  {
    name: "bodies",
    // Ordered by time, in which SQLite stores and prunes them.
    key: ["at", "agent", "hash"],
    columns: { agent: "int", hash: "text", message: "text", call: "int", at: "int" },
    rowsAtOnce: 1000,
    sqlite: {
      key: ["id"],
      where: "id in (select id from temp.latest_bodies)",
      left: { id: "numbered anew, in the order of time" },
    },
  },
  {
    name: "idempotency",
    key: ["client", "key"],
    columns: {
      client: "text",
      key: "text",
      fingerprint: "text",
      message: "text",
      state: "text",
      recipients: "int",
      expires_at: "int",
    },
    rowsAtOnce: 1000,
  },
  {
    name: "events",
    key: ["id"],
    columns: {
      id: "int",
      at: "int",
      type: "text",
      app: "text",
      message: "text",
      message_app: "text",
      data: "text",
    },
    rowsAtOnce: 1000,
    postgres: { read: { data: "data::text" }, write: { data: ":data::json" } },
  },
  {
    name: "audit",
    key: ["id"],
    columns: {
      id: "int",
      at: "int",
      actor: "text",
      peer: "text",
      action: "text",
      target: "text",
      detail: "text",
      apps: "text",
    },
    rowsAtOnce: 500,
    sqlite: {
      read: {
        apps: `case when apps <> '"all"' then apps end`,
      },
      write: { apps: `coalesce(:apps, '"all"')` },
    },
    postgres: {
      read: { apps: "to_json(apps)::text" },
      write: { apps: "case when :apps is not null then array(select json_array_elements_text(:apps::json)) end" },
    },
  },
  { name: "tokens", key: ["key"], columns: { key: "text", record: "text" }, rowsAtOnce: 500 },
  { name: "lookups", key: ["key"], columns: { key: "text", userid: "text", stored_at: "int" }, rowsAtOnce: 1000 },
  {
    name: "pauses",
    key: ["key"],
    columns: { key: "text", until: "int", step: "int" },
    rowsAtOnce: 1000,
    postgres: { left: { probe_until: "no probe is under way" } },
  },
  {
    name: "misses",
    key: ["corp_id", "day"],
    columns: { corp_id: "text", day: "text", missed: "int", asking: "int", given_back: "int" },
    rowsAtOnce: 1000,
    sqlite: { left: { held: HELD_ANEW } },
    postgres: {
      left: { held: HELD_ANEW, line: HELD_ANEW },
      read: { asking: "coalesce((select sum(value::bigint) from jsonb_each_text(asking)), 0)::bigint" },
      write: { asking: "case when :asking > 0 then jsonb_build_object('{node}', :asking) else '{}'::jsonb end" },
    },
  },
  {
    name: "person_times",
    key: ["agent", "day"],
    columns: { agent: "int", day: "text", taken: "int", told_low: "bool", told_spent: "bool" },
    rowsAtOnce: 1000,
  },
  {
    name: "conversations",
    key: ["seq"],
    columns: { seq: "int", bot: "text", type: "text", id: "text", userid: "text", first_at: "int", last_at: "int" },
    rowsAtOnce: 1000,
  },
  {
    name: "chats",
    key: ["seq"],
    columns: {
      seq: "int",
      corp_id: "text",
      agent_id: "int",
      chatid: "text",
      name: "text",
      owner: "text",
      members: "text",
      is_made: "bool",
      fingerprint: "text",
      created_at: "int",
      updated_at: "int",
    },
    rowsAtOnce: 100,
  },
  { name: "chat_changes", key: ["corp_id"], columns: { corp_id: "text", times: "text" }, rowsAtOnce: 100 },
  { name: "callbacks", key: ["app", "id"], columns: { app: "text", id: "text", at: "int" }, rowsAtOnce: 1000 },
  {
    name: "card_codes",
    key: ["code"],
    columns: { code: "text", message: "text", call: "int", userid: "text", at: "int", spent_at: "int" },
    rowsAtOnce: 1000,
  },
  {
    name: "media",
    key: ["id"],
    columns: {
      id: "text",
      type: "text",
      filename: "text",
      bytes: "int",
      sha256: "text",
      stored_at: "int",
      posted_at: "int",
      key_id: "text",
      app: "text",
    },
    rowsAtOnce: 500,
  },
  { name: "media_apps", key: ["medium", "app"], columns: { medium: "text", app: "text" }, rowsAtOnce: 1000 },
  {
    name: "media_places",
    key: ["medium", "place"],
    columns: { medium: "text", place: "text", media_id: "text", uploaded_at: "int" },
    rowsAtOnce: 1000,
  },
  {
    name: "media_uses",
    key: ["message", "medium"],
    columns: { message: "int", medium: "text" },
    rowsAtOnce: 1000,
    where: ofMessages("media_uses"),
  },
]

/** Tables that are not moved row by row, and why. */
export const LEFT_TABLES: Readonly<Record<"sqlite" | "postgres" | "jobs", Readonly<Record<string, string>>>> = {
  sqlite: {
    meta: "what it says of the messages is moved as settings; the rest is of this one file",
    staging: "half-written messages that were never accepted, and remains",
    busy_members: "what one process counts in memory; on PostgreSQL all gateways count together, in `member_windows`",
    body_tables: "made from `bodies`",
    large_texts: "read with the rows of messages and calls",
    kysely_migration: "of the schema",
    kysely_migration_lock: "of the schema",
    sqlite_sequence: "of the schema; follows `audit`",
  },
  postgres: {
    meta: "what it says of the messages is moved as settings; the rest is of this one database",
    staging: "half-written messages that were never accepted, and remains",
    files: "moved as files: SQLite has a folder for them",
    file_pieces: "moved as files: SQLite has a folder for them",
    stray_objects: "objects of this one bucket that no file names",
    audit_extent: "moved as settings",
    nodes: "starts of gateways on this database",
    busy_members: "nothing has been in it since all gateways count together",
    held_apps: "a closed app is held again at its first turn",
    robot_frames: "what gateways that run on this database ask of each other",
    robot_lease: "of the gateways that run on this database",
    member_windows:
      "SQLite makes them from the calls of the last hour; for PostgreSQL they are made from those at the end",
    member_turns: "given anew: who waits asks again",
    unfinished: "counted anew at the start of a gateway",
    unfinished_changes: "counted anew at the start of a gateway",
    unfinished_extent: "counted anew at the start of a gateway",
    slot_pools: "what nodes have under way; none is alive",
    lookup_paces: "the look-ups of this minute and hour; SQLite begins them anew at each start",
    kysely_migration: "of the schema",
    kysely_migration_lock: "of the schema",
  },
  jobs: {
    "*": "jobs are made anew from the messages at the end of a move",
  },
}
