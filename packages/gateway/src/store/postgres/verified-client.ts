import { Client } from "pg"
import type { ClientConfig } from "pg"
import { ConnectionFailed, sqlState } from "./classify-error.ts"
import { tlsOf } from "./database-tls.ts"
import { reasonOf } from "./reason-of.ts"

/** The only database client class of this package: with TLS it verifies the server. */
export class VerifiedClient extends Client {
  /** @throws {TlsRefusal} */
  constructor({ url, ...config }: ClientConfig & { readonly url: string }) {
    super({ ...config, ...tlsOf(url) })
  }
}

/**
 * For a pool. Renewed certificates are read anew with each connection; while one of their files cannot be read, the
 * last ones are used, since an error here would end the process.
 * @throws {TlsRefusal}
 */
export function verifiedClients(url: string): new (config?: ClientConfig) => Client {
  let tls = tlsOf(url)
  return class extends Client {
    constructor(config?: ClientConfig) {
      try {
        tls = tlsOf(url)
      } catch {
        // The last ones are used.
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

/** An error that is not from the server has one of a hundred codes: of a name, of a certificate, of a socket. */
function failed(error: Error | null): Error | null {
  // No error is null or undefined.
  if (!(error instanceof Error) || sqlState(error) !== undefined) return error
  return new ConnectionFailed(reasonOf(error), { cause: error })
}
