/** The configuration of a gateway in a run. */
export interface GatewayPlan {
  /** The launcher of the packed command. */
  readonly command: string
  /** As in `sqlite:file.db` or `postgres://…`. */
  readonly database: string
  /** 64 hex digits; null: the gateway makes one beside its file. */
  readonly masterKey: string | null
  /** The address of WeCom, or of the proxy before it. */
  readonly baseUrl: string
  readonly adminKey: string
  /** Empty at first: home, caches and temporary files of the process. */
  readonly home: string
  /** The name of the damage that is done on purpose; null: none. */
  readonly control: string | null
  /** The file in which the store notes what it has promised. */
  readonly markers: string | null
}

/** A plan without database, master key and home. */
export type UnkeptPlan = Omit<GatewayPlan, "database" | "masterKey" | "home">

/** Where a process is to kill itself: when it reaches this point for the n-th time. */
export interface CrashPoint {
  readonly point: string
  readonly hit: number
}
