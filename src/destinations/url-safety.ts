// Where the relay may send: public hosts over https, and nothing inside anybody's network.
import ipaddr from "ipaddr.js";

const PRIVATE_SUFFIXES = [".localhost", ".local", ".internal"];

/** All that is global unicast in IPv6 (RFC 4291 §2.4 as allocated); beyond it lie forms such as `::127.0.0.1`. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * What is wrong with a destination's URL; `null` when it is safe. The URL parser has brought every
 * spelling of an IP address (decimal, octal, hex, shortened) into one form before it is judged
 * (WHATWG URL, host parsing). `allowInsecure` admits `http:` and loopback hosts, for development.
 */
export function checkDestinationUrl(text: string, allowInsecure: boolean): string | null {
  if (!URL.canParse(text)) return "must be a URL";
  const url = new URL(text);
  if (url.protocol !== "https:" && !(allowInsecure && url.protocol === "http:")) {
    return "must begin with https://";
  }
  if (url.username !== "" || url.password !== "") {
    return "must not hold a user or password: use headers";
  }
  const host = url.hostname.replace(/\.+$/, "").toLowerCase();
  if (isPublicHost(host) || (allowInsecure && isLoopback(host))) return null;
  return "must name a public host";
}

function isPublicHost(host: string): boolean {
  const address = parseAddress(host);
  if (address === null) return !PRIVATE_SUFFIXES.some((suffix) => `.${host}`.endsWith(suffix));
  const isGlobal = address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
  return isGlobal && address.range() === "unicast";
}

function isLoopback(host: string): boolean {
  const address = parseAddress(host);
  if (address !== null) return address.range() === "loopback";
  return `.${host}`.endsWith(".localhost");
}

function parseAddress(host: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return ipaddr.isValid(bare) ? ipaddr.parse(bare) : null;
}
