// Where the relay may send: a table of spellings.
import { describe, expect, it } from "vitest";
import { checkDestinationUrl } from "../../src/destinations/url-safety.ts";

const NOT_PUBLIC = "must name a public host";

const PUBLIC = [
  "https://crm.example.com/hooks?a=b#c",
  "https://crm.example.com:8443/",
  "https://CRM.Example.COM/",
  "https://crm.example.com./",
  "https://xn--bcher-kva.example/",
  "https://bücher.example/",
  "https://localhost.example.com/",
  "https://local.example.com/",
  "https://internals/",
  "https://mylocalhost/",
  "https://127.0.0.1.example.com/",
  "https://1.1.1.1/",
  "https://9.255.255.255/",
  "https://11.0.0.0/",
  "https://100.63.255.255/",
  "https://100.128.0.0/",
  "https://172.15.255.255/",
  "https://172.32.0.0/",
  "https://[2606:4700:4700::1111]/",
];

const LOOPBACK = [
  "https://localhost/",
  "https://LOCALHOST/",
  "https://localhost./",
  "https://localhost../",
  "https://loc%61lhost/",
  "https://local\u00adhost/",
  "https://ｌocalhost/",
  "https://a.localhost/",
  "https://127.0.0.1/",
  "https://127.255.255.254/",
  "https://127.1/",
  "https://127.0.1/",
  "https://127.0.0.1./",
  "https://2130706433/",
  "https://017700000001/",
  "https://0177.0.0.1/",
  "https://0x7f.0.0.1/",
  "https://0x7f000001/",
  "https://0X7F000001/",
  "https://0x7f.1/",
  "https://１２７.０.０.１/",
  "https://127。0。0。1/",
  "https://[::1]/",
  "https://[0:0:0:0:0:0:0:1]/",
  "https://[0000:0000:0000:0000:0000:0000:0000:0001]/",
  "https://[::0.0.0.1]/",
];

const PRIVATE = [
  ["private 10/8", "https://10.0.0.1/"],
  ["private 10/8, decimal", "https://167772161/"],
  ["private 10/8, octal", "https://012.0.0.1/"],
  ["private 10/8, hex", "https://0xa000001/"],
  ["private 10/8, short", "https://10.1/"],
  ["private 172.16/12", "https://172.16.0.1/"],
  ["private 172.16/12, its end", "https://172.31.255.255/"],
  ["private 192.168/16", "https://192.168.1.1/"],
  ["private 192.168/16, short", "https://192.168.257/"],
  ["private 192.168/16, mixed", "https://0xc0.0250.1/"],
  ["link-local, the metadata service", "https://169.254.169.254/"],
  ["link-local, decimal", "https://2852039166/"],
  ["link-local, hex", "https://0xa9fea9fe/"],
  ["carrier-grade NAT", "https://100.64.0.1/"],
  ["carrier-grade NAT, its end", "https://100.127.255.255/"],
  ["unspecified", "https://0.0.0.0/"],
  ["unspecified, short", "https://0/"],
  ["this network", "https://0.1.2.3/"],
  ["broadcast", "https://255.255.255.255/"],
  ["multicast", "https://224.0.0.1/"],
  ["multicast, its end", "https://239.255.255.255/"],
  ["reserved 240/4", "https://240.0.0.1/"],
  ["documentation", "https://192.0.2.1/"],
  ["benchmarking", "https://198.18.0.1/"],
  ["IPv6 unspecified", "https://[::]/"],
  ["IPv6 link-local", "https://[fe80::1]/"],
  ["IPv6 link-local, its end", "https://[febf::1]/"],
  ["IPv6 site-local", "https://[fec0::1]/"],
  ["IPv6 unique-local", "https://[fc00::1]/"],
  ["IPv6 unique-local, fd", "https://[fd12:3456::1]/"],
  ["IPv6 unique-local, upper case", "https://[FD12:3456::1]/"],
  ["IPv6 multicast", "https://[ff02::1]/"],
  ["IPv6 documentation", "https://[2001:db8::1]/"],
  ["mapped loopback", "https://[::ffff:127.0.0.1]/"],
  ["mapped loopback, hex", "https://[::ffff:7f00:1]/"],
  ["mapped loopback, in full", "https://[0:0:0:0:0:ffff:7f00:0001]/"],
  ["mapped private", "https://[::ffff:10.0.0.1]/"],
  ["mapped link-local", "https://[::ffff:a9fe:a9fe]/"],
  ["mapped public", "https://[::ffff:1.1.1.1]/"],
  ["IPv4-compatible loopback", "https://[::127.0.0.1]/"],
  ["IPv4-compatible link-local", "https://[::a9fe:a9fe]/"],
  ["translated (SIIT)", "https://[::ffff:0:127.0.0.1]/"],
  ["NAT64", "https://[64:ff9b::127.0.0.1]/"],
  ["NAT64, local use", "https://[64:ff9b:1::10.0.0.1]/"],
  ["6to4", "https://[2002:7f00:1::]/"],
  ["Teredo", "https://[2001::1]/"],
  ["unallocated IPv6", "https://[4000::1]/"],
  [".local", "https://printer.local/"],
  [".local, upper case", "https://PRINTER.LOCAL/"],
  [".local with a dot", "https://printer.local./"],
  [".internal", "https://metadata.google.internal/"],
  [".internal with two dots", "https://metadata.google.internal../"],
  ["local itself", "https://local/"],
  ["internal itself", "https://internal/"],
] as const;

describe("checkDestinationUrl", () => {
  it.each(PUBLIC)("lets %s pass", (url) => {
    expect(checkDestinationUrl(url, false)).toBeNull();
  });

  it.each(LOOPBACK)("refuses %s", (url) => {
    expect(checkDestinationUrl(url, false)).toBe(NOT_PUBLIC);
  });

  it.each(PRIVATE)("refuses %s: %s", (_, url) => {
    expect(checkDestinationUrl(url, false)).toBe(NOT_PUBLIC);
  });

  it.each(["http://crm.example.com/", "ftp://crm.example.com/", "ws://a.example.com", "data:,x"])(
    "refuses %s, which is not https",
    (url) => {
      expect(checkDestinationUrl(url, false)).toBe("must begin with https://");
    },
  );

  it.each(["https://user@crm.example.com/", "https://:secret@crm.example.com/"])(
    "refuses the user or password in %s without repeating it",
    (url) => {
      const fault = checkDestinationUrl(url, false);
      expect(fault).toBe("must not hold a user or password: use headers");
    },
  );

  it.each([
    "",
    "crm.example.com",
    "//crm.example.com",
    "https://",
    "https://a b.example.com",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://256.0.0.1/",
    "https://crm.example.com:99999/",
  ])("refuses %j, which is no URL", (url) => {
    expect(checkDestinationUrl(url, false)).toBe("must be a URL");
  });
});

describe("ALLOW_INSECURE_DESTINATIONS", () => {
  it.each([...LOOPBACK, ...LOOPBACK.map((url) => url.replace("https:", "http:"))])(
    "admits the loopback URL %s",
    (url) => {
      expect(checkDestinationUrl(url, true)).toBeNull();
    },
  );

  it.each(["http://crm.example.com/", "http://localhost:9001/hook", "http://127.0.0.1:1/"])(
    "admits %s",
    (url) => {
      expect(checkDestinationUrl(url, true)).toBeNull();
    },
  );

  it.each(PRIVATE)("still refuses %s: %s", (_, url) => {
    expect(checkDestinationUrl(url, true)).toBe(NOT_PUBLIC);
    expect(checkDestinationUrl(url.replace("https:", "http:"), true)).toBe(NOT_PUBLIC);
  });

  it.each(["ftp://crm.example.com/", "https://user:pass@localhost/", "nonsense"])(
    "still refuses %s",
    (url) => {
      expect(checkDestinationUrl(url, true)).not.toBeNull();
    },
  );
});
