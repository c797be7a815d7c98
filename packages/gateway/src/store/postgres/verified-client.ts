import { Client } from "pg"
import type { ClientConfig } from "pg"
import { tlsOf } from "./database-tls.ts"

/** The one client of a database that this package makes: where it speaks TLS, it knows whom it speaks to. */
export class VerifiedClient extends Client {
  /** @throws {TlsRefusal} */
  constructor({ url, ...config }: ClientConfig & { readonly url: string }) {
    super({ ...config, ...tlsOf(url) })
  }
}

/**
 * For a pool. Certificates that are renewed are read anew with each connection; while a file of theirs cannot be read, those
 * that were read before count, since an error that a pool meets here would end the process.
 * @throws {TlsRefusal}
 */
export function verifiedClients(url: string): new (config?: ClientConfig) => Client {
  let tls = tlsOf(url)
  return class extends Client {
    constructor(config?: ClientConfig) {
      try {
        tls = tlsOf(url)
      } catch {
        // The last ones count.
      }
      super({ ...config, ...tls })
    }
  }
}
