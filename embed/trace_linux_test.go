package embed

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// traced is what a process and its children asked the kernel for.
type traced struct {
	sockets int      // socket and connect calls
	files   []string // names given to openat, and to execve
	exit    int
}

// trace runs cmd under ptrace(2) and looks at each system call of each of its threads. It needs no tool on the machine.
func trace(t *testing.T, cmd *exec.Cmd) traced {
	t.Helper()
	runtime.LockOSThread() // the kernel knows the tracer by its thread
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	// A file, so that os/exec copies nothing by goroutines that Wait would have to end.
	log, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Skipf("a process cannot be traced here: %v", err)
	}
	first := cmd.Process.Pid
	defer cmd.Process.Release()
	var ws unix.WaitStatus
	if _, err := unix.Wait4(first, &ws, unix.WALL, nil); err != nil {
		t.Fatal(err)
	}
	const follow = unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK |
		unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL
	if err := unix.PtraceSetOptions(first, follow); err != nil {
		t.Fatal(err)
	}
	res := traced{exit: -1}
	if err := unix.PtraceSyscall(first, 0); err != nil {
		t.Fatal(err)
	}
	for {
		pid, err := unix.Wait4(-1, &ws, unix.WALL, nil)
		if errors.Is(err, unix.ECHILD) {
			break
		}
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if ws.Exited() || ws.Signaled() {
			if pid == first {
				if res.exit = ws.ExitStatus(); ws.Signaled() {
					res.exit = 128 + int(ws.Signal())
				}
			}
			continue
		}
		deliver := 0
		switch sig := ws.StopSignal(); {
		case sig == unix.SIGTRAP|0x80:
			res.call(pid)
		case sig == unix.SIGTRAP, sig == unix.SIGSTOP: // an event, or a thread's first stop
		default:
			deliver = int(sig)
		}
		if err := unix.PtraceSyscall(pid, deliver); err != nil && !errors.Is(err, unix.ESRCH) {
			t.Fatal(err)
		}
	}
	if res.exit != 0 {
		b, _ := os.ReadFile(log.Name())
		t.Logf("%s ended with %d:\n%s", cmd, res.exit, b)
	}
	return res
}

// call notes the system call that a thread stands before. See PTRACE_GET_SYSCALL_INFO in ptrace(2), since Linux 5.3.
func (r *traced) call(pid int) {
	var info struct {
		op   uint8
		_    [3]uint8
		arch uint32
		_    [2]uint64 // instruction and stack pointers
		nr   uint64
		args [6]uint64
		_    [4]uint64
	}
	const getSyscallInfo, entry = 0x420e, 1
	_, _, e := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(pid), unsafe.Sizeof(info),
		uintptr(unsafe.Pointer(&info)), 0, 0)
	if e != 0 || info.op != entry {
		return
	}
	switch info.nr {
	case unix.SYS_SOCKET, unix.SYS_CONNECT:
		r.sockets++
	case unix.SYS_OPENAT:
		r.files = append(r.files, text(pid, uintptr(info.args[1])))
	case unix.SYS_EXECVE:
		r.files = append(r.files, text(pid, uintptr(info.args[0])))
	}
}

// text reads a zero-terminated string of a stopped process.
func text(pid int, at uintptr) string {
	b := make([]byte, 512)
	n, err := unix.PtracePeekData(pid, at, b)
	if err != nil && n == 0 {
		return ""
	}
	if i := bytes.IndexByte(b[:n], 0); i >= 0 {
		n = i
	}
	return string(b[:n])
}
