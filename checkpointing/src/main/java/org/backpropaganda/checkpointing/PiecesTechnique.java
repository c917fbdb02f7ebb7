package org.backpropaganda.checkpointing;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Pair;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;

/**
 * {@code pieces:4}: each block of a run is computed in 4 {@link Pieces} of its batch, from its input, and differentiated piece by
 * piece. A run that another technique executes as one module, as {@code checkpoint} and {@code reversible} do, runs as one in
 * pieces.
 */
public final class PiecesTechnique implements Technique {
    private static final int MOST = 1 << 20;

    private final int pieces;

    /** Without a number, which a strategy has to give. */
    public PiecesTechnique() {
        this(0);
    }

    private PiecesTechnique(int pieces) {
        this.pieces = pieces;
    }

    @Override
    public String name() {
        return "pieces";
    }

    @Override
    public String term() {
        return pieces == 0 ? name() : name() + ":" + pieces;
    }

    @Override
    public List<Usage> usages() {
        return List.of(new Usage(name() + ":K", "computes each block in K pieces of the batch, twice"));
    }

    @Override
    public Technique with(String argument) {
        int number;
        try {
            number = Integer.parseInt(argument);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + argument + "' is no number of pieces", e);
        }
        if (number < 2 || number > MOST) {
            throw new IllegalArgumentException(number + " pieces are not within 2 and " + MOST);
        }
        return new PiecesTechnique(number);
    }

    /** Dropout draws other masks, too. */
    @Override
    public Fidelity fidelity() {
        return Fidelity.LOSSY;
    }

    @Override
    public Level level() {
        return Level.SEGMENT;
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        List<Run> runs = structure.all(Run.class);
        if (runs.isEmpty()) {
            return Optional.of("it has no run of blocks");
        }
        return runs.stream()
                .flatMap(run -> mixing(run).stream())
                .findFirst()
                .map(what -> "in its blocks a " + what + ", which pieces of it do not have");
    }

    private static Optional<String> mixing(Part part) {
        if (!part.all(Pair.class).isEmpty()) {
            return Pieces.mixing(part.all(Pair.class).get(0).norm(), "", 0, true);
        }
        return part.all(Layer.class).stream()
                .flatMap(layer -> Pieces.mixing(layer.module(), "", 0, true).stream())
                .findFirst();
    }

    @Override
    public Part arrange(Part structure, TechniqueSettings settings) {
        if (pieces == 0) {
            throw new IllegalArgumentException("pieces needs a number; write pieces:4");
        }
        return structure.map(part -> part instanceof Run run ? inPieces(run) : part);
    }

    @Override
    public Optional<Part> block(Part block, TechniqueSettings settings) {
        return pieces == 0 || mixing(block).isPresent() ? Optional.empty() : Optional.of(blockInPieces(block));
    }

    private Part blockInPieces(Part block) {
        return new Composite(List.of(block), built -> Pieces.ofBatch(built.get(0), pieces));
    }

    private Part inPieces(Run run) {
        return run.isPlain()
                ? run.withParts(this::blockInPieces)
                : run.executed(blocks -> Pieces.ofBatch(run.execute(blocks), pieces));
    }
}
