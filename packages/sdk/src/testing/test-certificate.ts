import { randomUUID } from "node:crypto"
import { generate } from "selfsigned"

export interface TestCertificateOptions {
  readonly names?: readonly string[]
  /** IP addresses that the certificate is for. */
  readonly addresses?: readonly string[]
  readonly hasExpired?: boolean
  /** The issuer's certificate; unless given, the certificate signs itself. */
  readonly root?: TestCertificate
}

export interface TestCertificate {
  readonly key: string
  readonly cert: string
}

/** A new certificate; it is not trusted, nor its root, unless a test says so. */
export function makeTestCertificate({
  names = ["localhost", "wecom.example"],
  addresses = ["127.0.0.1"],
  hasExpired = false,
  root,
}: TestCertificateOptions = {}): Promise<TestCertificate> {
  const altNames = [
    ...names.map((value) => ({ type: 2 as const, value })),
    ...addresses.map((ip) => ({ type: 7 as const, ip })),
  ]
  // Each has a name of its own: OpenSSL tries only some of several trusted ones with one name.
  return make(`test ${randomUUID()}`, {
    extensions: [
      { name: "basicConstraints", cA: root === undefined },
      { name: "subjectAltName", altNames },
    ],
    ...(hasExpired && { notBeforeDate: new Date("2020-01-01"), notAfterDate: new Date("2020-01-02") }),
    ...(root !== undefined && { ca: root }),
  })
}

/** A certificate that signs others. */
export function makeTestRoot(name: string): Promise<TestCertificate> {
  return make(name, { extensions: [{ name: "basicConstraints", cA: true }] })
}

async function make(name: string, options: Parameters<typeof generate>[1]): Promise<TestCertificate> {
  const { private: key, cert } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    ...options,
  })
  return { key, cert }
}
