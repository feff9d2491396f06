// Small helpers on bytes that every room uses: bounded reading, digests, comparison in constant time.

const encoder = new TextEncoder();

/** UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Lower-case hex digits of some bytes. */
export function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** SHA-256 of a text's UTF-8 bytes, as 64 hex digits. */
export async function sha256Hex(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
}

/**
 * Whether two secrets are equal, in a time that depends on neither.
 * Digests are compared, because `timingSafeEqual` throws on unequal lengths.
 */
export async function secretsEqual(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([
    crypto.subtle.digest("SHA-256", utf8(left)),
    crypto.subtle.digest("SHA-256", utf8(right)),
  ]);
  return crypto.subtle.timingSafeEqual(a, b);
}

/** What a bounded read gave: at most `maxBytes` bytes, and whether there was more. */
export interface BoundedRead {
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
}

/**
 * Reads at most `maxBytes` of a stream and cancels what is beyond them, so that no sender can make
 * the relay buffer more, whatever its `content-length` said. Rejects when the stream fails.
 */
export async function readAtMost(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<BoundedRead> {
  if (stream === null) return { bytes: new Uint8Array(), truncated: false };
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  while (length <= maxBytes) {
    const { done, value } = await reader.read();
    if (done) return { bytes: concatenate(chunks, length), truncated: false };
    chunks.push(value);
    length += value.byteLength;
  }
  // The sender may be gone already; either way nothing more is read.
  await reader.cancel().catch(() => undefined);
  return { bytes: concatenate(chunks, length).slice(0, maxBytes), truncated: true };
}

/** One array of `length` bytes from several chunks. */
export function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return all;
}
