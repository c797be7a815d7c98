/** What a gateway of a run is to be. */
export interface GatewayPlan {
  /** The launcher of the packed command. */
  readonly command: string
  /** As in `sqlite:file.db` or `postgres://…`. */
  readonly database: string
  /** 64 hex digits; null: the gateway makes one beside its file. */
  readonly masterKey: string | null
  /** WeCom's, or that of the proxy before it. */
  readonly baseUrl: string
  readonly adminKey: string
  /** Empty at first: home, caches and temporary files of the process. */
  readonly home: string
  /** What is broken on purpose. */
  readonly control: string | null
  /** The file in which the store notes what it has promised. */
  readonly markers: string | null
}

/** Without database, master key and home. */
export type UnkeptPlan = Omit<GatewayPlan, "database" | "masterKey" | "home">

/** Where a process is to kill itself: at the n-th time it comes by. */
export interface CrashPoint {
  readonly point: string
  readonly hit: number
}
