package org.backpropaganda.experiments.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;

/** Live bytes by kind, event by event, over one step. */
public final class Timeline implements MemoryLedger.Listener {
    /** The kinds, in the order of the columns. */
    public static final List<MemoryKind> KINDS = List.of(MemoryKind.values());

    private final List<long[]> events = new ArrayList<>();

    @Override
    public void changed(long event, MemoryKind kind, String path, long deltaBytes, MemoryLedger ledger) {
        long[] live = new long[KINDS.size()];
        for (int i = 0; i < live.length; i++) {
            live[i] = ledger.liveBytes(KINDS.get(i));
        }
        events.add(live);
    }

    /** The events as lines of a table whose first line names the columns. */
    public List<String> toCsv() {
        List<String> lines = new ArrayList<>();
        lines.add("event," + KINDS.stream().map(MemoryKind::name).collect(Collectors.joining(",")));
        for (int i = 0; i < events.size(); i++) {
            lines.add(Stream.concat(
                            Stream.of(Integer.toString(i)),
                            Arrays.stream(events.get(i)).mapToObj(Long::toString))
                    .collect(Collectors.joining(",")));
        }
        return lines;
    }
}
