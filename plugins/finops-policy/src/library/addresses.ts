import { isIPv4, isIPv6 } from 'node:net';
import { EvaluationError } from '@marcbachmann/cel-js';
import { registerAll, registerNamespace, Registration } from './register';

const BITS = { 4: 32n, 6: 128n } as const;

class IpAddress {
  constructor(readonly family: 4 | 6, readonly value: bigint) {}

  static parse(text: string): IpAddress {
    if (isIPv4(text)) {
      const value = text
        .split('.')
        .reduce((total, part) => total * 256n + BigInt(part), 0n);
      return new IpAddress(4, value);
    }
    if (!isIPv6(text) || text.includes('%')) {
      throw new EvaluationError(`'${text.slice(0, 60)}' is no IP address`);
    }
    const address = new IpAddress(6, valueOfIpv6(text));
    if (address.value >> 32n === 0xffffn) {
      throw new EvaluationError(
        `'${text.slice(0, 60)}' is an IPv4 address written as IPv6`,
      );
    }
    return address;
  }

  equals(other: unknown): boolean {
    return (
      other instanceof IpAddress &&
      other.family === this.family &&
      other.value === this.value
    );
  }

  /** The canonical form, of IPv6 that of RFC 5952. */
  toString(): string {
    if (this.family === 4) {
      return [24n, 16n, 8n, 0n]
        .map(shift => (this.value >> shift) & 0xffn)
        .join('.');
    }
    const groups = Array.from({ length: 8 }, (_, index) =>
      ((this.value >> BigInt(16 * (7 - index))) & 0xffffn).toString(16),
    ).join(':');
    // The standard's own printer of addresses shortens the longest run of zeros.
    return new URL(`http://[${groups}]`).hostname.slice(1, -1);
  }
}

class Cidr {
  constructor(readonly address: IpAddress, readonly prefixLength: number) {}

  static parse(text: string): Cidr {
    const [, ip = '', bits = ''] =
      /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
    if (bits === '') {
      throw new EvaluationError(`'${text.slice(0, 60)}' is no CIDR`);
    }
    const address = IpAddress.parse(ip);
    if (BigInt(bits) > BITS[address.family]) {
      throw new EvaluationError(`'${text.slice(0, 60)}' is no CIDR`);
    }
    return new Cidr(address, Number(bits));
  }

  contains(ip: IpAddress): boolean {
    const hostBits = BITS[this.address.family] - BigInt(this.prefixLength);
    return (
      ip.family === this.address.family &&
      ip.value >> hostBits === this.address.value >> hostBits
    );
  }

  containsAll(other: Cidr): boolean {
    return (
      other.prefixLength >= this.prefixLength && this.contains(other.address)
    );
  }

  masked(): Cidr {
    const { family, value } = this.address;
    const hostBits = BITS[family] - BigInt(this.prefixLength);
    const network = (value >> hostBits) << hostBits;
    return new Cidr(new IpAddress(family, network), this.prefixLength);
  }

  equals(other: unknown): boolean {
    return (
      other instanceof Cidr &&
      other.prefixLength === this.prefixLength &&
      other.address.equals(this.address)
    );
  }

  toString(): string {
    return `${this.address}/${this.prefixLength}`;
  }
}

/**
 * `ip` and `cidr`: IPv4 and IPv6 without zones; an IPv4 address written as IPv6 is none.
 *
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library
 */
export function registerAddresses({ environment, prefix }: Registration) {
  environment.registerType('IP', IpAddress).registerType('CIDR', Cidr);
  registerNamespace(environment, 'ip', {
    'isCanonical(string): bool': (text: string) =>
      IpAddress.parse(text).toString() === text,
  });
  registerAll(environment, {
    'ip(string): IP': (text: string) => IpAddress.parse(text),
    'isIP(string): bool': (text: string) =>
      succeeds(() => IpAddress.parse(text)),
    [`${prefix}string(IP): string`]: (ip: IpAddress) => ip.toString(),
    'IP.family(): int': (ip: IpAddress) => BigInt(ip.family),
    'IP.isUnspecified(): bool': (ip: IpAddress) => ip.value === 0n,
    'IP.isLoopback(): bool': within('127.0.0.0/8', '::1/128'),
    'IP.isLinkLocalMulticast(): bool': within(
      '224.0.0.0/24',
      'ff02::/16',
      'ff12::/16',
      'ff22::/16',
      'ff32::/16',
      'ff42::/16',
      'ff52::/16',
      'ff62::/16',
      'ff72::/16',
      'ff82::/16',
      'ff92::/16',
      'ffa2::/16',
      'ffb2::/16',
      'ffc2::/16',
      'ffd2::/16',
      'ffe2::/16',
      'fff2::/16',
    ),
    'IP.isLinkLocalUnicast(): bool': within('169.254.0.0/16', 'fe80::/10'),
    // Go's meaning: every address that is none of the others, private ones too.
    'IP.isGlobalUnicast(): bool': (ip: IpAddress) =>
      !within(
        '0.0.0.0/32',
        '255.255.255.255/32',
        '127.0.0.0/8',
        '224.0.0.0/4',
        '169.254.0.0/16',
        '::/127',
        'ff00::/8',
        'fe80::/10',
      )(ip),
    'cidr(string): CIDR': (text: string) => Cidr.parse(text),
    'isCIDR(string): bool': (text: string) => succeeds(() => Cidr.parse(text)),
    [`${prefix}string(CIDR): string`]: (cidr: Cidr) => cidr.toString(),
    'CIDR.containsIP(string): bool': (cidr: Cidr, text: string) =>
      cidr.contains(IpAddress.parse(text)),
    'CIDR.containsIP(IP): bool': (cidr: Cidr, ip: IpAddress) =>
      cidr.contains(ip),
    'CIDR.containsCIDR(string): bool': (cidr: Cidr, text: string) =>
      cidr.containsAll(Cidr.parse(text)),
    'CIDR.containsCIDR(CIDR): bool': (cidr: Cidr, other: Cidr) =>
      cidr.containsAll(other),
    'CIDR.ip(): IP': (cidr: Cidr) => cidr.address,
    'CIDR.masked(): CIDR': (cidr: Cidr) => cidr.masked(),
    'CIDR.prefixLength(): int': (cidr: Cidr) => BigInt(cidr.prefixLength),
  });
}

function within(...networks: readonly string[]) {
  const known = networks.map(network => Cidr.parse(network));
  return (ip: IpAddress) => known.some(network => network.contains(ip));
}

/** Of text that `node:net` took for IPv6; the last four bytes may be written as IPv4. */
function valueOfIpv6(text: string): bigint {
  const plain = text.replace(/\d+\.\d+\.\d+\.\d+$/, ipv4 => {
    const { value } = IpAddress.parse(ipv4);
    return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
  });
  const [head, tail] = plain
    .split('::')
    .map(half => half.split(':').filter(Boolean));
  const groups =
    tail === undefined
      ? head
      : [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return groups.reduce(
    (total, group) => total * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
