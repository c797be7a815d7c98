import { Client } from "pg"
import type { ClientConfig } from "pg"
import { ConnectionFailed, sqlState } from "./classify-error.ts"
import { tlsOf } from "./database-tls.ts"
import { reasonOf } from "./reason-of.ts"

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

    override connect(): Promise<Client>
    override connect(callback: (error: Error | null) => void): void
    override connect(callback?: (error: Error | null) => void): Promise<Client> | void {
      if (callback === undefined) return super.connect()
      super.connect((error: Error | null) => callback(failed(error)))
    }
  }
}

/** What the server has not said has a hundred codes: of a name, of a certificate, of a socket. */
function failed(error: Error | null): Error | null {
  // No error is null or undefined.
  if (!(error instanceof Error) || sqlState(error) !== undefined) return error
  return new ConnectionFailed(reasonOf(error), { cause: error })
}
