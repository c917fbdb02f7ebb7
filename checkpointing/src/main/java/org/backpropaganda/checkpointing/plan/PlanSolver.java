package org.backpropaganda.checkpointing.plan;

/**
 * The search for the best plans of a chain: for every number of bytes at once, the fastest way to execute its blocks.
 *
 * <pre>{@code
 * BlockOption store = new BlockOption("store", 1, 2, 3 << 20, true, false, 0, 0);
 * BlockOption packed = new BlockOption("save:q8", 1, 3, 1 << 20, true, false, 0, 2 << 20);
 * PlannedBlock block = new PlannedBlock("block", List.of(store, packed), new PlannedBlock.Replay(1, 0), null, 0);
 * BlockChain chain = new BlockChain(Collections.nCopies(5, 1L << 20), Collections.nCopies(4, block));
 * Frontier frontier = PlanSolver.defaults().solve(chain);
 * PlanPoint fastest = frontier.fastest(12 << 20).orElseThrow();
 * fastest.plan();                                          // which block saves what, which are computed again
 * }</pre>
 *
 * <p><b>What is planned.</b> A block saves for backward in one of its options; or it lies in a checkpointed segment, of which
 * forward keeps the input alone and which is computed again, by a plan of its own, when backward comes to it; or in a
 * reversible run, of which the output alone is kept. A boundary tensor that several hold is counted once.
 *
 * <p><b>How.</b> The best plans of the blocks from i on are made of those from later blocks on, for each first step. A step
 * needs so many bytes while it runs, and what it holds adds to the needs of what comes after it, so needs compose by maximum and
 * sum, and all budgets are solved at once by curves of (need, time). Bytes are never rounded: a plan's need is exact. Equal
 * ranges are searched once.
 *
 * <p><b>Limits.</b> By default segments are not nested and no longer than the greater of 64 and 4·√n (16 inside others); in a
 * chain of more than 64 blocks, where any range may be a segment, those of 32 blocks and more end at even blocks alone, of 64
 * and more at multiples of 4, and so on; and in one of more than 512, of many segments those are weighed that are best at some of
 * 24 budgets, and the one of least need. Curves have 128 points, thinned where the loss of time times bytes is least. {@link
 * Frontier#exact} tells whether that left anything out. All work is repeatable: of equal plans, saving comes before reversing before computing again, options go by their
 * index and runs and segments by their length.
 *
 * <p>Cost at the defaults: about n · (longest segment) · points · (options + 1) comparisons, and n · points · 20 bytes.
 *
 * <p>Source: Beaumont, Eyraud-Dubois, Herrmann, Joly, Shilova 2019, "Optimal checkpointing for heterogeneous chains: how to train
 * deep neural networks with limited memory": the decomposition into saving a block or checkpointing a segment and solving both
 * sides.
 *
 * <p>Deviations: curves instead of a table over slots of memory, options of a block, leases of inputs and outputs, reversible
 * runs, gradients of parameters, limits on nesting and length, and thinning are this library's.
 */
public final class PlanSolver {
    private static final int LEAST_OUTER = 64;
    private static final int ROOTS = 4;

    private final int levels;
    private final int outer;
    private final int inner;
    private final int points;
    private final boolean deepens;
    private final boolean sharing;

    private PlanSolver(int levels, int outer, int inner, int points, boolean deepens, boolean sharing) {
        this.levels = levels;
        this.outer = outer;
        this.inner = inner;
        this.points = points;
        this.deepens = deepens;
        this.sharing = sharing;
    }

    /** One level of replays, a second one where a budget asks for it; segments and curves of limited length. */
    public static PlanSolver defaults() {
        return new PlanSolver(1, 0, 16, 128, true, true);
    }

    /** Replays in replays as deep as they go, segments of any length, curves of all their points: exact, and slow. */
    public static PlanSolver unlimited() {
        return new PlanSolver(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, false, true);
    }

    /**
     * With replays nested exactly so deep at most.
     *
     * @param levels 0 for no checkpointed segments at all, 1 for segments that are not nested
     * @throws IllegalArgumentException if that is below 0
     */
    public PlanSolver levels(int levels) {
        return new PlanSolver(require("levels", levels, 0), outer, inner, points, false, sharing);
    }

    /**
     * With segments of so many blocks at most.
     *
     * @param outer those that are in no other
     * @param inner those that are in another
     * @throws IllegalArgumentException if one is below 1
     */
    public PlanSolver segments(int outer, int inner) {
        return new PlanSolver(levels, require("outer", outer, 1), require("inner", inner, 1), points, deepens, sharing);
    }

    /**
     * With curves of so many points at most.
     *
     * @throws IllegalArgumentException if that is below 2
     */
    public PlanSolver points(int points) {
        return new PlanSolver(levels, outer, inner, require("points", points, 2), deepens, sharing);
    }

    /** Searching equal ranges again and again, which finds the same. */
    PlanSolver withoutSharing() {
        return new PlanSolver(levels, outer, inner, points, deepens, false);
    }

    /**
     * The best plans of a chain.
     *
     * @throws IllegalArgumentException if times may add up to more than is counted with
     */
    public Frontier solve(BlockChain chain) {
        return solve(chain, levels);
    }

    /**
     * The best plans of a chain, for whoever has a budget: where it is infeasible, and the nesting level was not set, those of
     * replays in replays.
     *
     * @throws IllegalArgumentException if times may add up to more than is counted with
     */
    public Frontier solve(BlockChain chain, long budgetBytes) {
        Frontier frontier = solve(chain, levels);
        return deepens && frontier.leastBytes() > budgetBytes ? solve(chain, levels + 1) : frontier;
    }

    private Frontier solve(BlockChain chain, int depth) {
        int n = chain.size();
        int longest = outer > 0 ? outer : Math.max(LEAST_OUTER, (int) Math.ceil(ROOTS * Math.sqrt(n)));
        boolean sparse = outer == 0 && n > LEAST_OUTER && chain.segments() == SegmentRule.ALL;
        Limits limits = new Limits(depth, longest, sparse, inner, points, sharing).within(n);
        chain.requireTimes(limits.levels());
        boolean cut = (limits.levels() > 0 && limits.outer() < n) || (limits.levels() > 1 && limits.inner() < n - 1);
        return new Frontier(ChainSearch.of(chain, limits), limits.levels(), cut);
    }

    private static int require(String what, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException("plan solver: " + what + " " + value + " is below " + least);
        }
        return value;
    }
}
