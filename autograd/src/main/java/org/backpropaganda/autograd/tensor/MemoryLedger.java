package org.backpropaganda.autograd.tensor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts the payload bytes of every tensor of an {@link Engine}, exactly: live and peak, by kind and by module path.
 *
 * <p>What is counted is shape times element size. What the pool holds beyond that (alignment, free blocks) is
 * {@link Engine#reservedBytes()}; what the process holds beyond that (the JVM, native libraries) is not counted here. Tensors that
 * wait in a file have a {@linkplain #offloadedBytes() line of their own}.
 * Thread-safe. With one tape at work every figure repeats to the byte; with several only totals do.
 *
 * <p>A path is kept while anything under it is live, or was at the peak. Of the others, whose own peak is all there is to
 * tell, the {@value #MOST_ENDED} that changed last stay.
 */
@SuppressWarnings("EnumOrdinal") // counters are arrays by kind: every allocation passes here
public final class MemoryLedger {
    /** How many paths with nothing live are remembered for their peak. */
    static final int MOST_ENDED = 4096;

    private static final MemoryKind[] KINDS = MemoryKind.values();

    private final long budgetBytes;
    private final long[] live = new long[KINDS.length];
    private final long[] peakOfKind = new long[KINDS.length];
    private final long[] atPeak = new long[KINDS.length];
    private final Map<Holder, Account> accounts = new LinkedHashMap<>();
    private int sweepAt = 2 * MOST_ENDED;
    private boolean forgot;
    private long peakNumber;
    private long liveTotal;
    private long peakTotal;
    private long events;
    private long offloaded;
    private long peakOffloaded;
    private @Nullable Listener listener;
    private final WatcherSlot watcher = new WatcherSlot();

    MemoryLedger(long budgetBytes) {
        this.budgetBytes = budgetBytes;
    }

    /** Live bytes of one kind under one module path. */
    public record Usage(MemoryKind kind, String path, long bytes) {}

    /**
     * Observes every change. Called under the ledger's lock: be brief, and do not allocate tensors. One that throws hears no
     * more; an allocation that it threw at is undone, every other change stands.
     */
    @FunctionalInterface
    public interface Listener {
        /**
         * Told after a change.
         *
         * @param event the number of the event, from 0
         * @param kind what changed
         * @param path the module path of the tensor
         * @param deltaBytes bytes gained, or lost where negative; a change of kind is two events
         * @param ledger to read live bytes from
         */
        void changed(long event, MemoryKind kind, String path, long deltaBytes, MemoryLedger ledger);
    }

    private record Holder(MemoryKind kind, String path) {}

    /** One holder's bytes. What was alive at the peak is what is live, less what came after it. */
    private static final class Account {
        private long live;
        private long peak;
        private long sincePeak;
        private long sincePeakNumber;
        private long lastEvent;

        long atPeak(long peakNumber) {
            return sincePeakNumber == peakNumber ? live - sincePeak : live;
        }

        /** Whether nothing but its own peak is left to tell. */
        boolean hasEnded(long peakNumber) {
            return live == 0 && atPeak(peakNumber) == 0;
        }
    }

    /** The budget on live bytes; {@link Long#MAX_VALUE} where there is none. */
    public long budgetBytes() {
        return budgetBytes;
    }

    /** Live bytes of all kinds. */
    public synchronized long liveBytes() {
        return liveTotal;
    }

    /** Live bytes of a kind. */
    public synchronized long liveBytes(MemoryKind kind) {
        return live[kind.ordinal()];
    }

    /** The highest live bytes since the last {@link #resetPeak()}. */
    public synchronized long peakBytes() {
        return peakTotal;
    }

    /** The highest live bytes of a kind since the last {@link #resetPeak()}; kinds may peak at different times. */
    public synchronized long peakBytes(MemoryKind kind) {
        return peakOfKind[kind.ordinal()];
    }

    /** What was alive, by kind, when {@link #peakBytes()} was reached. */
    public synchronized Map<MemoryKind, Long> atPeak() {
        Map<MemoryKind, Long> map = new EnumMap<>(MemoryKind.class);
        for (MemoryKind kind : KINDS) {
            map.put(kind, atPeak[kind.ordinal()]);
        }
        return map;
    }

    /**
     * Bytes of tensors that wait in a file. They are not in memory: no other figure counts them, nor does the budget.
     */
    public synchronized long offloadedBytes() {
        return offloaded;
    }

    /** The highest {@link #offloadedBytes()} since the last {@link #resetPeak()}. */
    public synchronized long peakOffloadedBytes() {
        return peakOffloaded;
    }

    /**
     * Books bytes that have gone to a file. For whoever stores tensors there, in an engine without memory as well, and books
     * them once more when they are let go.
     *
     * @param deltaBytes bytes that wait in a file from now on, or no longer where negative
     * @throws IllegalArgumentException if fewer than that were waiting
     */
    public synchronized void offloaded(long deltaBytes) {
        if (deltaBytes < -offloaded) {
            throw new IllegalArgumentException(
                    "ledger: " + -deltaBytes + " bytes are said to wait in no file any more, of " + offloaded);
        }
        offloaded += deltaBytes;
        peakOffloaded = Math.max(peakOffloaded, offloaded);
    }

    /** Live bytes by module path, all kinds together, in the order of the paths. */
    public synchronized Map<String, Long> liveBytesByPath() {
        return byPath(account -> account.live);
    }

    /** What was alive, by module path, when {@link #peakBytes()} was reached. */
    public synchronized Map<String, Long> atPeakByPath() {
        return byPath(account -> account.atPeak(peakNumber));
    }

    private Map<String, Long> byPath(ToLongFunction<Account> bytes) {
        Map<String, Long> map = new TreeMap<>();
        accounts.forEach((holder, account) -> {
            long found = bytes.applyAsLong(account);
            if (found != 0) {
                map.merge(holder.path, found, Long::sum);
            }
        });
        return map;
    }

    /** The largest live holders, largest first. */
    public synchronized List<Usage> largestHolders(int count) {
        return largest(count, account -> account.live);
    }

    /** The largest holders when {@link #peakBytes()} was reached, largest first. */
    public synchronized List<Usage> largestHoldersAtPeak(int count) {
        return largest(count, account -> account.atPeak(peakNumber));
    }

    /**
     * The highest live bytes of a kind under one module path since the last {@link #resetPeak()}.
     *
     * @throws IllegalStateException if so many other paths have ended since that this one may be forgotten
     */
    public synchronized long peakBytes(MemoryKind kind, String path) {
        Account account = accounts.get(new Holder(kind, path));
        if (account == null && forgot) {
            throw new IllegalStateException(
                    "ledger: the peak of " + kind + " under \"" + path + "\" may be forgotten: more" + " than "
                            + MOST_ENDED + " paths have ended since the last resetPeak(); ask, or reset, more often");
        }
        return account == null ? 0 : account.peak;
    }

    private List<Usage> largest(int count, ToLongFunction<Account> bytes) {
        List<Usage> all = new ArrayList<>();
        accounts.forEach((holder, account) -> {
            long found = bytes.applyAsLong(account);
            if (found != 0) {
                all.add(new Usage(holder.kind, holder.path, found));
            }
        });
        all.sort(Comparator.comparingLong(Usage::bytes).reversed());
        return List.copyOf(all.subList(0, Math.min(count, all.size())));
    }

    /** Starts a new observation of the peaks at what is live now. */
    public synchronized void resetPeak() {
        peakTotal = liveTotal;
        peakOffloaded = offloaded;
        System.arraycopy(live, 0, peakOfKind, 0, live.length);
        System.arraycopy(live, 0, atPeak, 0, live.length);
        peakNumber++;
        accounts.values().removeIf(account -> account.live == 0);
        accounts.values().forEach(account -> account.peak = account.live);
        sweepAt = 2 * Math.max(MOST_ENDED, accounts.size());
        forgot = false;
    }

    /** Sets the one listener, or none. */
    public synchronized void listen(@Nullable Listener observer) {
        listener = observer;
    }

    /** The one watcher of single blocks, or null. */
    @Nullable
    AllocationWatcher watcher() {
        return watcher.get();
    }

    /** Sets it, and tells it what is alive while nothing else can change. */
    synchronized void watch(@Nullable AllocationWatcher next, Consumer<AllocationWatcher> alive) {
        watcher.set(next, alive);
    }

    /** How many bytes have to be freed before so many more have room; 0 or below where they have. */
    synchronized long missing(long bytes) {
        return bytes - (budgetBytes - liveTotal);
    }

    /**
     * The refusal of an allocation.
     *
     * @param reclaimers what those say that could not free enough
     */
    synchronized MemoryBudgetException refusal(MemoryKind kind, String path, long bytes, String reclaimers) {
        return new MemoryBudgetException(bytes, kind, path, liveTotal, budgetBytes, largestHolders(8), reclaimers);
    }

    /**
     * Books an allocation, unless it has no room: then it returns false.
     *
     * @param spec of the first tensor over the bytes
     */
    synchronized boolean allocated(Storage storage, TensorSpec spec) {
        MemoryKind kind = storage.kind();
        String path = storage.path();
        long bytes = storage.bytes();
        if (missing(bytes) > 0) {
            return false;
        }
        change(kind, path, bytes);
        try {
            tell(kind, path, bytes);
            watcher.tell(w -> w.allocated(storage, spec, kind, path));
        } catch (RuntimeException | Error e) {
            change(kind, path, -bytes);
            throw e;
        }
        return true;
    }

    synchronized void freed(Storage storage, MemoryKind kind) {
        change(kind, storage.path(), -storage.bytes());
        try {
            tell(kind, storage.path(), -storage.bytes());
        } finally {
            watcher.tell(w -> w.freed(storage));
        }
    }

    /**
     * Books bytes otherwise, as the storage says by now. One step for the peak: never a rise of the total.
     *
     * @param from the kind so far
     * @param fromPath the path so far
     */
    synchronized void moved(Storage storage, MemoryKind from, String fromPath) {
        MemoryKind to = storage.kind();
        long bytes = storage.bytes();
        change(from, fromPath, -bytes);
        try {
            tell(from, fromPath, -bytes);
        } finally {
            change(to, storage.path(), bytes);
            try {
                tell(to, storage.path(), bytes);
            } finally {
                watcher.tell(w -> w.booked(storage, to, storage.path()));
            }
        }
    }

    /** Books bytes under another path as if they had never had the one so far: it is forgotten if nothing else is there. */
    synchronized void renamed(Storage storage, String fromPath) {
        moved(storage, storage.kind(), fromPath);
        Holder before = new Holder(storage.kind(), fromPath);
        Account account = accounts.get(before);
        if (account != null && account.hasEnded(peakNumber)) {
            accounts.remove(before);
        }
    }

    private Account account(Holder holder) {
        Account account = accounts.get(holder);
        if (account == null) {
            if (accounts.size() >= sweepAt) {
                forget();
            }
            account = new Account();
            accounts.put(holder, account);
        }
        return account;
    }

    /** Lets go of the accounts that ended first. The next time is when as many more have come, so that the cost is shared. */
    private void forget() {
        long[] ends = accounts.values().stream()
                .filter(account -> account.hasEnded(peakNumber))
                .mapToLong(account -> account.lastEvent)
                .sorted()
                .toArray();
        if (ends.length > MOST_ENDED) {
            long last = ends[ends.length - MOST_ENDED - 1];
            accounts.values().removeIf(account -> account.hasEnded(peakNumber) && account.lastEvent <= last);
            forgot = true;
        }
        sweepAt = 2 * Math.max(MOST_ENDED, accounts.size());
    }

    /** How many holders are remembered, for the test that they do not grow. */
    synchronized int remembered() {
        return accounts.size();
    }

    private void change(MemoryKind kind, String path, long delta) {
        int k = kind.ordinal();
        live[k] += delta;
        liveTotal += delta;
        Account account = account(new Holder(kind, path));
        account.lastEvent = events;
        account.live += delta;
        account.peak = Math.max(account.peak, account.live);
        peakOfKind[k] = Math.max(peakOfKind[k], live[k]);
        if (liveTotal > peakTotal) {
            peakTotal = liveTotal;
            System.arraycopy(live, 0, atPeak, 0, live.length);
            peakNumber++;
        } else {
            if (account.sincePeakNumber != peakNumber) {
                account.sincePeakNumber = peakNumber;
                account.sincePeak = 0;
            }
            account.sincePeak += delta;
        }
    }

    /** Numbers the event. A listener that throws hears no more. */
    private void tell(MemoryKind kind, String path, long delta) {
        long event = events++;
        Listener told = listener;
        if (told == null) {
            return;
        }
        try {
            told.changed(event, kind, path, delta, this);
        } catch (RuntimeException | Error e) {
            if (listener == told) {
                listener = null;
            }
            throw e;
        }
    }
}
