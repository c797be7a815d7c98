import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface TestCertificateOptions {
  /** In the form of openssl's `subjectAltName`. Loopback and `wecom.example` unless given. */
  readonly names?: string
  readonly hasExpired?: boolean
}

/** A fresh self-signed certificate; nobody trusts it unless told to. */
export function makeTestCertificate({
  names = "DNS:localhost,DNS:wecom.example,IP:127.0.0.1",
  hasExpired = false,
}: TestCertificateOptions = {}): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "test-certificate-"))
  try {
    const key = join(folder, "key.pem")
    const cert = join(folder, "cert.pem")
    const life = hasExpired ? ["-not_before", "20200101000000Z", "-not_after", "20200102000000Z"] : ["-days", "2"]
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    execFileSync(
      "openssl",
      [
        ["req", "-x509", ...curve, ...life, "-subj", "/CN=test"],
        ["-addext", `subjectAltName=${names}`, "-keyout", key, "-out", cert],
      ].flat(),
      { stdio: "ignore" },
    )
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    throw new Error("openssl is not installed, which makes the certificates (Debian: apt-get install openssl)", {
      cause: error,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
