// How far a backfill or replay has got, as a bar and in words.
import type { DestinationView, SweepView } from "../api/destination-view.ts";
import { Time } from "./layout.tsx";
import { ago, counted, number, until } from "./words.ts";

interface Props {
  readonly view: DestinationView;
  readonly now: number;
}

/** What goes on at a destination. */
export function RunningSweeps({ view, now }: Props) {
  return sweepsOf(view).map(({ name, sweep }) => {
    if (sweep.finished_at !== null) return null;
    const id = `${name.toLowerCase()}-of-${view.id}`;
    const { done, total, started_at, estimated_end_at } = sweep;
    return (
      <div class="sweep" data-sweep={name.toLowerCase()}>
        <label for={id}>
          {`${name}: ${number(done)} of ${counted(total, "customer")}, begun `}
          <Time at={started_at} words={ago(started_at, now)} />
          {estimated_end_at !== null && `; done ${until(estimated_end_at, now)}`}
        </label>
        <progress id={id} value={done} max={Math.max(total, 1)}></progress>
      </div>
    );
  });
}

/** What came to an end at a destination. */
export function FinishedSweeps({ view, now }: Props) {
  return sweepsOf(view).map(({ name, sweep }) => {
    if (sweep.finished_at === null) return null;
    return (
      <p class="faint" data-sweep={name.toLowerCase()}>
        {`${name} of ${counted(sweep.total, "customer")} finished `}
        <Time at={sweep.finished_at} words={ago(sweep.finished_at, now)} />.
      </p>
    );
  });
}

function sweepsOf({ backfill, replay }: DestinationView): { name: string; sweep: SweepView }[] {
  const sweeps = [
    { name: "Backfill", sweep: backfill },
    { name: "Replay", sweep: replay },
  ];
  return sweeps.flatMap(({ name, sweep }) => (sweep === null ? [] : [{ name, sweep }]));
}
