// The process that measures the CPU of a partition's operations: its rules, with Node's SQLite in the place of a
// Durable Object's, in a file with a write-ahead log, too. Arguments: the file, how many customers, and how often
// each operation is measured. Prints as JSON the microseconds of each, in the program and for it in the kernel.
import { Operations } from "../costs/operations.ts";
import { openSql } from "../support/sqlite.ts";

/** So often that V8 has compiled by then what it is going to, and customers' timelines are full. */
const WARM_UP_TURNS = 200;

const [file, ...sizes] = process.argv.slice(2);
const [customers = 0, turns = 0] = sizes.map(Number);
const sql = openSql(file);
sql.exec("PRAGMA journal_mode = WAL");
sql.exec("PRAGMA synchronous = OFF");
const operations = new Operations(sql, customers);

/** Does an operation as the ledger does: in one transaction. */
function transact<T>(act: () => T): T {
  sql.exec("BEGIN");
  const result = act();
  sql.exec("COMMIT");
  return result;
}

for (let turn = 0; turn < WARM_UP_TURNS; turn += 1) operations.turn((_, act) => transact(act));
const spent: Record<string, number> = {};
for (let turn = 0; turn < turns; turn += 1) {
  operations.turn((name, act) => {
    const before = process.cpuUsage();
    const result = transact(act);
    const { user, system } = process.cpuUsage(before);
    spent[name] = (spent[name] ?? 0) + user + system;
    return result;
  });
}
const each = Object.entries(spent).map(([name, all]) => [name, all / turns]);
process.stdout.write(JSON.stringify(Object.fromEntries(each)));
