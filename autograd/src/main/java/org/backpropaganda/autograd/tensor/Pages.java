package org.backpropaganda.autograd.tensor;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import org.bytedeco.javacpp.Pointer;

/** Address space from the operating system, and the return of its pages. */
interface Pages {

    /** Reserves {@code bytes} of address space, zero on first touch; 0 if that is refused. */
    long reserve(long bytes);

    /** Gives the whole range back. */
    void release(long address, long bytes);

    /** Returns the pages to the system; the range stays usable and reads as zero. False if there is no way to. */
    boolean decommit(long address, long bytes);

    /**
     * How much to reserve at a time.
     *
     * @param reserved what is reserved already
     */
    long rangeBytes(long reserved);

    static Pages ofThisPlatform() {
        return Platform.isLinux() || Platform.isMac() ? new Mapped() : new Allocated();
    }

    /** Anonymous private mappings: address space costs nothing until it is touched. */
    final class Mapped implements Pages {
        private static final int READ_WRITE = 1 | 2;
        private static final int PRIVATE = 2;
        private static final int ANONYMOUS = Platform.isMac() ? 0x1000 : 0x20;
        private static final int NO_RESERVE = Platform.isMac() ? 0x40 : 0x4000;
        private static final int DONT_NEED = Platform.isMac() ? 5 /* MADV_FREE */ : 4;

        private final Function mmap;
        private final Function munmap;
        private final Function madvise;

        Mapped() {
            NativeLibrary c = NativeLibrary.getInstance(Platform.C_LIBRARY_NAME);
            mmap = c.getFunction("mmap");
            munmap = c.getFunction("munmap");
            madvise = c.getFunction("madvise");
        }

        @Override
        public long reserve(long bytes) {
            long address =
                    mmap.invokeLong(new Object[] {0L, bytes, READ_WRITE, PRIVATE | ANONYMOUS | NO_RESERVE, -1, 0L});
            return address == -1 ? 0 : address;
        }

        @Override
        public void release(long address, long bytes) {
            munmap.invokeInt(new Object[] {address, bytes});
        }

        @Override
        public boolean decommit(long address, long bytes) {
            return madvise.invokeInt(new Object[] {address, bytes, DONT_NEED}) == 0;
        }

        @Override
        public long rangeBytes(long reserved) {
            return Math.max(1L << 28, reserved);
        }
    }

    /** Blocks of the C allocator, where mappings are not at hand. */
    final class Allocated implements Pages {
        @Override
        public long reserve(long bytes) {
            Pointer block = Pointer.malloc(bytes);
            return block == null ? 0 : block.address();
        }

        @Override
        public void release(long address, long bytes) {
            Pointer.free(new Address(address));
        }

        @Override
        public boolean decommit(long address, long bytes) {
            return false;
        }

        @Override
        public long rangeBytes(long reserved) {
            return 1L << 26;
        }
    }

    /** A pointer to memory that something else owns. */
    final class Address extends Pointer {
        Address(long value) {
            address = value;
        }
    }
}
