import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A fresh self-signed certificate for loopback and `wecom.example`; nobody trusts it unless told to. */
export function makeTestCertificate(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "test-certificate-"))
  try {
    const key = join(folder, "key.pem")
    const cert = join(folder, "cert.pem")
    const names = "subjectAltName=DNS:localhost,DNS:wecom.example,IP:127.0.0.1"
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    execFileSync(
      "openssl",
      ["req", "-x509", ...curve, "-days", "2", "-subj", "/CN=test", "-addext", names, "-keyout", key, "-out", cert],
      { stdio: "ignore" },
    )
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
